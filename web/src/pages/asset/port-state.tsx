import * as text from '../../texts/messages.js';

export type PortWord = 'open' | 'closed' | 'blocked' | 'silent';

const LOOKS: Record<PortWord, { mark: string; className: string; word: () => string }> = {
  open: { mark: '●', className: 'text-good', word: text.asset_open },
  closed: { mark: '✕', className: 'text-quiet', word: text.asset_closed },
  blocked: { mark: '▨', className: 'text-medium', word: text.asset_blocked },
  silent: { mark: '○', className: 'text-quiet', word: text.asset_silent },
};

export const wordOfPort = (state: PortWord): string => LOOKS[state].word();

export function PortState({ of }: { of: PortWord }) {
  const { mark, className, word } = LOOKS[of];
  return (
    <span className={`whitespace-nowrap ${className}`}>
      <span aria-hidden="true">{mark}</span> {word()}
    </span>
  );
}
