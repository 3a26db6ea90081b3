/** Which ports a scan asks, in words: an answer that lists open ports says little without it. */
import type { ScanOption, ScanRequest } from '../core/request.ts';
import type { Protocol } from '../core/result.ts';
import { flagRow } from '../policy/allowed-options.ts';

const NAMES: Readonly<Record<Protocol, string>> = {
  tcp: 'TCP',
  udp: 'UDP',
  sctp: 'SCTP',
  ip: 'IP protocols',
};

/** `the 100 most common TCP ports`, `TCP and UDP ports T:80,U:53`, `no ports (host discovery alone)`. */
export function portsAsked({ options }: Pick<ScanRequest, 'options'>): string {
  const value = (flag: string) => options.find((option) => option.flag === flag)?.value;
  const has = (flag: string) => options.some((option) => option.flag === flag);
  if (has('-sL')) return 'no ports (targets were only listed)';
  if (has('-sn')) return 'no ports (host discovery alone)';
  const protocols = scanned(options);
  const kind = protocols.map((protocol) => NAMES[protocol]).join(' and ');
  const ports = protocols.includes('ip') ? kind : `${kind} ports`;
  const without = value('--exclude-ports');
  return `${whichOf(ports, value, has('-F'))}${without === undefined ? '' : `, without ${without}`}`;
}

function whichOf(ports: string, value: (flag: string) => string | undefined, few: boolean): string {
  const list = value('-p');
  if (list !== undefined) return `${ports} ${list === '-' ? '1-65535' : list}`;
  const ratio = value('--port-ratio');
  if (ratio !== undefined)
    return `${ports} that are open on more than ${ratio} of all machines (nmap-services)`;
  if (ports === NAMES.ip) return `${ports} 0-255`;
  return `the ${value('--top-ports') ?? (few ? '100' : '1000')} most common ${ports}`;
}

/** TCP unless something else is asked for (nmap manual, PORT SCANNING TECHNIQUES). */
function scanned(options: readonly ScanOption[]): Protocol[] {
  const asked = new Set(options.flatMap(({ flag }) => flagRow(flag)?.scans ?? []));
  return asked.size === 0 ? ['tcp'] : [...asked];
}
