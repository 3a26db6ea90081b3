/** What grammar.peggy makes of a text, before its words are looked at. */
export type Node = { kind: 'and' | 'or'; parts: Node[] } | { kind: 'not'; part: Node } | NodeTerm;

export interface NodeTerm {
  kind: 'term';
  /** Empty for a text by itself. */
  word: string;
  operator: '=' | '<' | '<=' | '>' | '>=';
  value: string;
  /** As it was written. */
  text: string;
}

declare class Unreadable extends SyntaxError {
  location: { start: { offset: number } };
  /** What stands there; null at the end. */
  found: string | null;
}

export { Unreadable as SyntaxError };

/** @throws SyntaxError */
export declare function parse(text: string): Node;
