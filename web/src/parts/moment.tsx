import { getLocale } from '../texts/runtime.js';

const UNITS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** How long ago, in the reader's language; the moment itself when one points at it. */
export function Moment({ at }: { at: string | undefined }) {
  if (at === undefined) return <>–</>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={whole(date)} className="whitespace-nowrap">
      {ago(date, Date.now())}
    </time>
  );
}

export function whole(date: Date): string {
  return new Intl.DateTimeFormat(getLocale(), { dateStyle: 'medium', timeStyle: 'medium' }).format(date);
}

export function ago(date: Date, now: number): string {
  const format = new Intl.RelativeTimeFormat(getLocale(), { numeric: 'auto' });
  const seconds = Math.round((date.getTime() - now) / 1000);
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
  return format.format(Math.trunc(seconds / size), unit);
}

/** A number as the reader's language writes it. */
export function number(value: number): string {
  return new Intl.NumberFormat(getLocale()).format(value);
}
