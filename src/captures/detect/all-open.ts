/** Hosts all of whose ports seem to be open: honeypots, and proxies that answer every SYN. */
import * as E from '../evidence/endpoints.ts';
import { portOf } from './outcome.ts';

/** Ports of one host that no client uses, even if all of them answer: in all, and of those below 1024. */
export const ALL_OPEN = 30;
const ALL_OPEN_PRIVILEGED = 10;
/** ... and where hardly a connection carries data. */
const ALL_OPEN_IDLE = 30;

/** A honeypot, or a proxy that answers every SYN: many ports of one host, used for nothing. */
export function answersEverywhere(words: Int32Array, slots: Int32Array): boolean {
  let low = 0;
  let privileged = 0;
  let idle = 0;
  const all = slots.length;
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i] ?? 0;
    const port = portOf(words, slot);
    if (port < 32_768) low++;
    if (port < 1024) privileged++;
    if (((words[slot + E.STATE] ?? 0) & (E.A_OPEN | E.C_DATA | E.A_DATA)) === E.A_OPEN) idle++;
  }
  if (low >= ALL_OPEN && privileged >= ALL_OPEN_PRIVILEGED) return true;
  return all >= ALL_OPEN_IDLE && idle >= all * 0.8;
}
