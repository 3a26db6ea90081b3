/** What a recorded scan is made of: what is run, and who must be found. How much, tshark counts in it. */
import type { Site } from './lab.ts';

export interface Scan {
  ip: string;
  technique: string;
  pattern: string;
  /** Whose frames are counted, when `ip` is not one address. */
  from?: string;
  /** A display filter that tells its probes from other traffic of the same source. */
  more?: string;
  /** Counts that are not expected exactly. */
  without?: ('probes' | 'hosts' | 'ports' | 'open' | 'closed' | 'unfiltered' | 'alive')[];
  /** Expect also when it began and ended. */
  times?: true;
  /** Every frame is in the capture twice. */
  seen_twice?: true;
  /** The other address of a source that is seen before and after translation. */
  translated?: string;
  /** How many campaigns of this source there are, hours apart. */
  campaigns?: number;
}

export interface ScanCase {
  name: string;
  about: string;
  site: Site;
  /** Shell lines on the asked side before recording; one that ends in & is a service. */
  there?: string[];
  /** Recorded one after another; each shifted by so many seconds with editcap afterwards. */
  /** `there: ` runs on the asked side, `beside: ` there and at the same time as the next. */
  parts: { run: string[]; shift?: number }[];
  taps?: 'host' | 'any' | 'both' | 'directions' | 'incoming';
  /** The recorded frames are put into the headers of a B.A.T.M.A.N. mesh. */
  mesh?: true;
  /** Seconds by which the second tap is shifted. */
  skew?: number;
  expected: Scan[];
  /** `address technique` that may be named besides. */
  may?: string[];
  minPorts?: number;
}

export const SERVE = '{actors} serve 22,80,443,8080 &';

export function one(
  name: string,
  net: string,
  me: number,
  host: number,
  run: string[],
  expected: (Omit<Scan, 'ip'> & { ip?: string })[],
  rest: Partial<ScanCase> = {},
): ScanCase {
  return {
    name,
    about: name.replaceAll('-', ' '),
    site: { net, me: [me], hosts: [host, host], ...rest.site },
    there: [SERVE],
    parts: [{ run }],
    expected: expected.map((scan) => ({ ip: `${net}.${me}`, ...scan })),
    ...rest,
  } as ScanCase;
}

export const vertical = (technique: string, more?: string): Omit<Scan, 'ip'> => ({
  technique,
  pattern: 'vertical',
  ...(more === undefined ? {} : { more }),
});
export const NMAP_WINDOW = 'tcp.window_size_value in {1024,2048,3072,4096} && !tcp.options.timestamp';
/** Real visits to 22, 80 and 443 of the host. */
export const VISIT =
  'for i in 1 2 3; do curl -s --max-time 1 -o /dev/null http://{host}/; echo hi | nc -w 1 -q 0 {host} 22 >/dev/null; curl -s --max-time 1 -o /dev/null http://{host}:443/; done';
