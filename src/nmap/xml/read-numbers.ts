/** What the builders of results share: attributes as numbers, and lists that end. */

export type Attributes = Readonly<Record<string, string>>;

/** A number nmap wrote: up to fifteen digits and nothing else, so that neither `0x10` nor an empty string become one. */
export function integer(text: string | undefined): number | undefined {
  if (text === undefined || text.length === 0 || text.length > 15) return undefined;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return undefined;
  }
  return Number(text);
}

/** As {@link integer}, and below zero too (nmap's -1 for "not measured"). */
export function signed(text: string | undefined): number | undefined {
  if (!text?.startsWith('-')) return integer(text);
  const value = integer(text.slice(1));
  return value === undefined ? undefined : -value;
}

export function decimal(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}

/** The list with one more, up to `most` of them. */
export function grown<T>(list: T[] | undefined, item: T, most: number): T[] {
  if (list === undefined) return [item];
  if (list.length < most) list.push(item);
  return list;
}

/** `{ [name]: value }`, or nothing when there is no value. */
export function optional<Name extends string, T>(
  name: Name,
  value: T | undefined | '',
): { [key in Name]?: T } {
  const made: { [key in Name]?: T } = {};
  if (value !== undefined && value !== '') made[name] = value;
  return made;
}
