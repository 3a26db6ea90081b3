import * as text from '../texts/messages.js';
import { visible } from './visible.ts';

/** Words from a scanned machine, as they are: text, its own direction apart, unseen characters made visible. */
export function Untrusted({ children }: { children: string | undefined }) {
  if (children === undefined || children === '') return null;
  return (
    <bdi className="break-words" title={text.untrusted()}>
      {visible(children)}
    </bdi>
  );
}
