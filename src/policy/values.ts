/** Grammars of option values: each reads a value strictly and gives it back in one canonical spelling. */
import { PortolanError } from '../core/errors.ts';
import { countPorts, type PortList, parsePorts } from '../core/ports.ts';
import { parseTarget } from '../core/target.ts';
import { parseExpression, writeExpression } from './script-expression.ts';

/** Gives the canonical value, or undefined when it does not fit. Port and target lists throw their own PortolanError. */
export interface Grammar {
  parse: (text: string) => string | undefined;
  /** What fits, in words, for the refusal. */
  accepts: string;
}

export const whole = (min: number, max: number): Grammar => ({
  parse: (text) => {
    if (!/^[0-9]{1,9}$/.test(text)) return undefined;
    const value = Number(text);
    return value >= min && value <= max ? String(value) : undefined;
  },
  accepts: `a whole number from ${min} to ${max}`,
});

/** Packets a second; nmap reads decimals too. The largest one is the operator's: see rate in options.ts. */
export const RATE: Grammar = {
  parse: (text) =>
    /^[0-9]{1,7}(\.[0-9]{1,3})?$/.test(text) && Number(text) > 0 ? String(Number(text)) : undefined,
  accepts: 'packets a second, over 0',
};

const UNITS = { ms: 0.001, s: 1, m: 60, h: 3600 } as const;

/** Seconds of a time as nmap writes it: `500ms`, `30s`, `1.5m`, `2h`, or plain seconds. Undefined if it is none. */
export function seconds(text: string): number | undefined {
  const match = /^([0-9]{1,7}(?:\.[0-9]{1,3})?)(ms|s|m|h)?$/.exec(text);
  if (!match) return undefined;
  const [, amount, unit = 's'] = match;
  return Number(amount) * UNITS[unit as keyof typeof UNITS];
}

export const TIME: Grammar = {
  parse: (text) => {
    const value = seconds(text);
    return value !== undefined && value <= 7 * 24 * 3600 ? text.replace(/^0+(?=[0-9])/, '') : undefined;
  },
  accepts: 'a time such as 500ms, 30s, 5m or 1h, a week at most',
};

export const RATIO: Grammar = {
  parse: (text) =>
    /^(0?\.[0-9]{1,6}|0|1)$/.test(text) && Number(text) < 1 ? String(Number(text)) : undefined,
  accepts: 'a ratio from 0 up to but not including 1, such as 0.1',
};

/** The number of pieces is the operator's to bound: see options.ts. */
export const PORTS: Grammar = {
  parse: (text) => parsePorts(text, Number.POSITIVE_INFINITY).text,
  accepts: 'a port list such as 22,80,8000-8100',
};

/** A ping to every port of every host would be a port scan that nobody counts. */
const fewPorts = (list: PortList) => (countPorts(list, 'tcp') <= 100 ? list.text : undefined);

/** Ports of a ping option: numbers and ranges, as nmap allows no names there. */
export const PING_PORTS: Grammar = {
  parse: (text) => (/^[0-9,-]+$/.test(text) ? fewPorts(parsePorts(text)) : undefined),
  accepts: 'port numbers such as 22,80,443, 100 of them at most',
};

export const IP_PROTOCOLS: Grammar = {
  parse: (text) => (/^[0-9,-]+$/.test(text) ? fewPorts(parsePorts(text, 100, 'ip')) : undefined),
  accepts: 'IP protocol numbers such as 1,2,4, 100 of them at most',
};

/** Targets in one word, separated by commas (--exclude). Names are refused: what they mean may change meanwhile. */
export const ADDRESS_LIST: Grammar = {
  parse: (text) =>
    text.split(',').every((word) => parseTarget(word).kind === 'addresses') ? text.toLowerCase() : undefined,
  accepts: 'addresses, networks and ranges separated by commas (no names)',
};

function isSingleAddress(word: string): boolean {
  if (!/^[0-9a-fA-F.:]+$/.test(word)) return false;
  const target = parseTarget(word);
  return target.kind === 'addresses' && target.span.first === target.span.last;
}

/** Decoys: addresses, which must be in scope, and ME. RND would forge the addresses of strangers. */
export const DECOYS: Grammar = {
  parse: (text) => {
    const words = text.split(',');
    if (words.length > 16 || words.filter((word) => word === 'ME').length > 1) return undefined;
    return words.every((word) => word === 'ME' || isSingleAddress(word)) ? text : undefined;
  },
  accepts: 'up to 16 single addresses in scope, and ME; RND is not, as it forges the addresses of strangers',
};

/** A whole MAC address only: vendor names and 0 make nmap choose one, which the argv would not show. */
export const MAC: Grammar = {
  parse: (text) => (/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text) ? text.toUpperCase() : undefined),
  accepts: 'a whole MAC address such as 02:00:00:00:00:01',
};

const TCP_FLAGS = 'URG|ACK|PSH|RST|SYN|FIN|ECE|CWR';

export const SCAN_FLAGS: Grammar = {
  parse: (text) => (new RegExp(`^(${TCP_FLAGS})+$`).test(text) ? text : whole(0, 255).parse(text)),
  accepts: `TCP flag names written together (${TCP_FLAGS.replaceAll('|', ', ')}), such as SYNFIN, or a number from 0 to 255`,
};

const TEMPLATES = ['paranoid', 'sneaky', 'polite', 'normal', 'aggressive', 'insane'];

export const TEMPLATE: Grammar = {
  parse: (text) => {
    const named = TEMPLATES.indexOf(text.toLowerCase());
    return named >= 0 ? String(named) : whole(0, 5).parse(text);
  },
  accepts: `0 to 5, or ${TEMPLATES.join(', ')}`,
};

/** The words of --script; whether each is a script that may run is decided in scripts.ts. */
export const SCRIPTS: Grammar = {
  parse: (text) => {
    const rules = text.split(',').map((rule) => parseExpression(rule));
    const written = rules.flatMap((rule) => (rule ? [writeExpression(rule)] : []));
    return rules.length <= 100 && written.length === rules.length ? written.join(',') : undefined;
  },
  accepts:
    'names of installed scripts, categories and patterns such as ssh-*, separated by commas or joined by and, or, not and parentheses as in "default or safe"; no files, folders or +',
};

/** Addresses in one word, each of which must be in scope (--dns-servers). */
export const ADDRESSES: Grammar = {
  parse: (text) => {
    const words = text.split(',');
    return words.length <= 16 && words.every(isSingleAddress) ? text.toLowerCase() : undefined;
  },
  accepts: 'up to 16 single addresses in scope, separated by commas (no names, no ports)',
};

export const INTERFACE: Grammar = {
  parse: (text) => (/^[A-Za-z0-9][A-Za-z0-9_.@-]{0,14}$/.test(text) ? text : undefined),
  accepts: 'the name of a network interface of the machine that scans, such as eth0',
};

/** The file of an output option: standard output alone. */
export const stdoutOf = (flag: string): Grammar => ({
  parse: (text) => {
    if (text === '-') return text;
    throw new PortolanError(
      'option_not_allowed',
      `${JSON.stringify(flag)} is refused: it writes files.`,
      'Write - for the file, or leave it out: the report comes back as an answer, and as a resource in XML, JSON, Markdown and CSV.',
    );
  },
  accepts: '- (standard output)',
});
