import { getLocale } from '../texts/runtime.js';

const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** A length of time in the reader's language, in its greatest two units: `2 min 5 sec`. @param seconds 0 or more */
export function duration(seconds: number): string {
  if (seconds < 10) return said(seconds, 'second');
  const whole = Math.round(seconds);
  const at = UNITS.findIndex(([, size]) => whole >= size);
  const [unit, size] = UNITS[at] ?? (['second', 1] as const);
  const [lower, lowerSize] = UNITS[at + 1] ?? (['second', 1] as const);
  const rest = size === 1 ? 0 : Math.floor((whole % size) / lowerSize);
  const words = [said(Math.floor(whole / size), unit)];
  return [...words, ...(at >= 0 && rest > 0 ? [said(rest, lower)] : [])].join(' ');
}

function said(count: number, unit: 'day' | 'hour' | 'minute' | 'second'): string {
  return new Intl.NumberFormat(getLocale(), {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: 1,
  }).format(count);
}
