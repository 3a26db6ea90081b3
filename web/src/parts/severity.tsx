import * as text from '../texts/messages.js';

export type SeverityName = 'info' | 'low' | 'medium' | 'high';

const LOOKS: Record<SeverityName, { mark: string; className: string; word: () => string }> = {
  high: { mark: '▲', className: 'text-high', word: text.severity_high },
  medium: { mark: '◆', className: 'text-medium', word: text.severity_medium },
  low: { mark: '●', className: 'text-low', word: text.severity_low },
  info: { mark: '○', className: 'text-quiet', word: text.severity_info },
};

/** A shape, a word and a colour: never the colour alone. */
export function Severity({ of }: { of: SeverityName }) {
  const { mark, className, word } = LOOKS[of];
  return (
    <span className={`inline-flex items-center gap-1 font-medium whitespace-nowrap ${className}`}>
      <span aria-hidden="true">{mark}</span>
      {word()}
    </span>
  );
}

/** The word alone, where there is no room for more: the options of a list. */
export function severityWord(of: SeverityName): string {
  return LOOKS[of].word();
}
