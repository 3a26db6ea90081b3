import { useRef } from 'react';

/** How soon the same again is a double click, and not meant twice. */
const DOUBLE_MS = 1000;

/** Does what is asked twice in a row within a second once; both get the one answer. */
export function useOnce<Args, Result>(act: (args: Args) => Promise<Result>): (args: Args) => Promise<Result> {
  const last = useRef<{ asked: string; at: number; answer: Promise<Result> }>(undefined);
  return (args) => {
    const [asked, at] = [JSON.stringify(args), performance.now()];
    if (last.current?.asked === asked && at - last.current.at < DOUBLE_MS) return last.current.answer;
    const answer = act(args);
    last.current = { asked, at, answer };
    return answer;
  };
}
