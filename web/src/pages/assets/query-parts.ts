/** The query language as far as chips need it: which parts must all hold. What they mean only the server knows. */

/**
 * The parts that must all hold, as they were written: `port:22 -os:linux` are two. One where alternatives (`or`) stand at
 * the top.
 * @returns undefined while a quote or a bracket is open
 */
export function partsOf(query: string): string[] | undefined {
  const parts: string[] = [];
  let part = '';
  let depth = 0;
  let quoted = false;
  const end = () => {
    if (part !== '') parts.push(part);
    part = '';
  };
  for (let at = 0; at < query.length; at += 1) {
    const sign = query.charAt(at);
    if (quoted) {
      part += sign;
      if (sign === '\\') {
        at += 1;
        part += query.charAt(at);
      } else if (sign === '"') quoted = false;
      continue;
    }
    if (depth === 0 && /\s/.test(sign)) {
      end();
      continue;
    }
    if (sign === '(') {
      if (depth === 0 && /[^-]/.test(part)) end();
      depth += 1;
    }
    part += sign;
    if (sign === '"') quoted = true;
    if (sign === ')') {
      depth -= 1;
      if (depth < 0) return undefined;
      if (depth === 0) end();
    }
  }
  if (quoted || depth > 0) return undefined;
  end();
  return parts.some((one) => /^or$/i.test(one)) ? [query.trim()] : parts;
}

/** Words of which a host has one: another value takes the place of the one before. */
const SINGLE = /^(state|class|os):/;

/** The query with a part more, or without it where it has it already. */
export function toggled(query: string, part: string): string {
  const parts = partsOf(query) ?? [query];
  if (parts.includes(part)) return without(query, part);
  const [word] = SINGLE.exec(part) ?? [];
  const kept = word === undefined ? parts : parts.filter((one) => !one.startsWith(word));
  const [only] = kept;
  const alternatives =
    kept.length === 1 && only !== undefined && /\sor\s/i.test(only) && !only.startsWith('(');
  return [...(alternatives ? [`(${only})`] : kept), part].join(' ');
}

export function without(query: string, part: string): string {
  return (partsOf(query) ?? []).filter((one) => one !== part).join(' ');
}
