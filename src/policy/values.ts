/** Grammars of option values: each reads a value strictly and gives it back in one canonical spelling. */
import { countPorts, type PortList, parsePorts } from '../core/ports.ts';
import { parseTarget } from '../core/target.ts';

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

/** Decoys: addresses, which must be in scope, and ME. RND would forge the addresses of strangers. */
export const DECOYS: Grammar = {
  parse: (text) => {
    const words = text.split(',');
    if (words.length > 16 || words.filter((word) => word === 'ME').length > 1) return undefined;
    const fits = (word: string) => {
      if (word === 'ME') return true;
      if (!/^[0-9a-fA-F.:]+$/.test(word)) return false;
      const target = parseTarget(word);
      return target.kind === 'addresses' && target.span.first === target.span.last;
    };
    return words.every(fits) ? text : undefined;
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
    const words = text.split(',').map((word) => word.trim());
    const fits = (word: string) =>
      /^[a-z0-9*?][a-z0-9*?._-]{0,79}$/.test(word) && word.replace(/[^*]/g, '').length <= 2;
    return words.length <= 100 && words.every(fits) ? words.join(',') : undefined;
  },
  accepts:
    'names of installed scripts, categories and patterns such as ssh-*, separated by commas; no files, folders, + or boolean expressions',
};

/** Script arguments that change only what is asked of the target or how it is printed. */
const SCRIPT_ARGUMENTS: Readonly<Record<string, RegExp>> = {
  ssh_hostkey: /^(full|sha256|md5|bubble|visual|all)$/,
  'http.useragent': /^[A-Za-z0-9 ./;:()_-]{1,120}$/,
  'http-title.url': /^\/[A-Za-z0-9/._-]{0,120}$/,
  'http-headers.path': /^\/[A-Za-z0-9/._-]{0,120}$/,
  'http-headers.useget': /^(true|1)$/,
  'http-methods.url-path': /^\/[A-Za-z0-9/._-]{0,120}$/,
  'http-favicon.uri': /^\/[A-Za-z0-9/._-]{0,120}$/,
  'vulns.showall': /^(true|1)$/,
  'vulns.short': /^(true|1)$/,
};

export const SCRIPT_ARGS: Grammar = {
  parse: (text) => {
    const pairs = text.split(',').map((pair) => /^([a-z._-]+)=(?:"([^"]*)"|([^"]*))$/.exec(pair.trim()));
    const written: string[] = [];
    for (const pair of pairs) {
      const name = pair?.[1];
      const value = pair?.[2] ?? pair?.[3];
      if (name === undefined || value === undefined || !Object.hasOwn(SCRIPT_ARGUMENTS, name))
        return undefined;
      if (!SCRIPT_ARGUMENTS[name]?.test(value)) return undefined;
      written.push(`${name}="${value}"`);
    }
    return written.join(',');
  },
  accepts: `name=value pairs of ${Object.keys(SCRIPT_ARGUMENTS).join(', ')}; others can add targets or touch files`,
};
