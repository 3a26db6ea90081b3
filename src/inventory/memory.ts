/** What the rules remember of a site between looks, besides its assets: few things, by key. */
import { z } from 'zod';
import type { MarkType } from '../core/look.ts';
import { Protocol } from '../core/result.ts';
import type { Middlebox } from './changes/middlebox.ts';
import type { GradedMark } from './identity/grade.ts';

const MarkTypes = [
  'serial',
  'smbios',
  'cloud_id',
  'snmp_engine',
  'ssh_key',
  'tls_key',
  'mac',
  'name',
  'ptr',
  'asked_name',
  'cert_name',
] as const satisfies readonly MarkType[];
const Worths = ['serial', 'key', 'card', 'weak', 'support', 'hint', 'none'] as const;

const Waiting = z.array(
  z.object({
    type: z.enum(MarkTypes),
    value: z.string(),
    detail: z.string().optional(),
    worth: z.enum(Worths),
  }),
);
const Box = z.object({ protocol: Protocol, port: z.number(), network: z.string() });

export class SiteMemory {
  readonly #before: Readonly<Record<string, unknown>>;
  readonly #now = new Map<string, unknown>();

  constructor(before: Readonly<Record<string, unknown>>) {
    this.#before = before;
  }

  /** What is new or to be forgotten (null). */
  get changes(): Record<string, unknown> {
    return Object.fromEntries(this.#now);
  }

  /** Why a mark tells nobody from anybody in this site. */
  spent(type: MarkType, value: string): string | undefined {
    const why = this.#get(`spent ${type} ${value}`);
    return typeof why === 'string' ? why : undefined;
  }

  spend({ type, value }: { type: MarkType; value: string }, why: string): void {
    if (this.spent(type, value) === undefined) this.#now.set(`spent ${type} ${value}`, why);
  }

  /** Marks that were told of a host that nobody has seen yet. */
  wait(marks: readonly GradedMark[], most: number): void {
    if (this.#count('waiting ') >= most) return;
    for (const { type, value, worth } of marks)
      if (worth === 'serial' || worth === 'card' || worth === 'key')
        this.#now.set(
          `waiting ${type} ${value}`,
          marks.map((mark) => ({
            type: mark.type,
            value: mark.value,
            worth: mark.worth,
            ...(mark.detail === undefined ? {} : { detail: mark.detail }),
          })),
        );
  }

  /** Those that waited for a host with one of these marks; they wait no longer. */
  waited(marks: readonly GradedMark[]): GradedMark[] {
    return marks.flatMap(({ type, value }) => {
      const told = Waiting.safeParse(this.#get(`waiting ${type} ${value}`));
      if (!told.success) return [];
      this.#now.set(`waiting ${type} ${value}`, null);
      return told.data.map(({ detail, ...mark }) => (detail === undefined ? mark : { ...mark, detail }));
    });
  }

  middleboxes(vantage: string): Middlebox[] {
    return this.#keys(`middlebox ${vantage} `).flatMap((key) => {
      const box = Box.safeParse(this.#get(key));
      return box.success ? [box.data] : [];
    });
  }

  /** @returns whether that is new */
  setMiddlebox(vantage: string, { protocol, port, network }: Middlebox, answers: boolean): boolean {
    const key = `middlebox ${vantage} ${network} ${protocol}/${port}`;
    const known = this.#get(key) !== undefined;
    if (known !== answers) this.#now.set(key, answers ? { protocol, port, network } : null);
    return known !== answers;
  }

  isBlind(vantage: string, network: string): boolean {
    return this.#get(`blind ${vantage} ${network}`) === true;
  }

  setBlind(vantage: string, network: string, blind: boolean): void {
    if (this.isBlind(vantage, network) !== blind)
      this.#now.set(`blind ${vantage} ${network}`, blind ? true : null);
  }

  /** How many parts of a summary were not taken back yet. */
  openParts(summary: string): number {
    const left = this.#get(`parts ${summary}`);
    return typeof left === 'number' ? left : 0;
  }

  setOpenParts(summary: string, left: number): void {
    this.#now.set(`parts ${summary}`, left > 0 ? left : null);
  }

  #get(key: string): unknown {
    const value = this.#now.has(key) ? this.#now.get(key) : this.#before[key];
    return value === null ? undefined : value;
  }

  #keys(prefix: string): string[] {
    const keys = new Set([...Object.keys(this.#before), ...this.#now.keys()]);
    return [...keys].filter((key) => key.startsWith(prefix)).sort();
  }

  #count(prefix: string): number {
    return this.#keys(prefix).length;
  }
}
