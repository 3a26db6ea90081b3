/** States and classes of hosts in the reader's language. */
import * as text from '../../texts/messages.js';

const WORDS: Readonly<Record<string, () => string>> = {
  'state present': text.assets_present,
  'state absent': text.assets_absent,
  'state archived': text.assets_archived,
  'class always_on': text.assets_always_on,
  'class normal': text.assets_normal,
  'class may_sleep': text.assets_may_sleep,
  'class ephemeral': text.assets_ephemeral,
};

/** Of anything else what it is called. */
export function wordOf(of: string, value: string): string {
  return WORDS[`${of} ${value}`]?.() ?? value;
}

export const CLASSES = ['always_on', 'normal', 'may_sleep', 'ephemeral'] as const;
export type ClassName = (typeof CLASSES)[number];
