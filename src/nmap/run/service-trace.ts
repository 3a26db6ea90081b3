/**
 * What nmap says of each connection while it asks services (--version-trace): of the port alone, never of what it said.
 * Read for a hint about time; what a service is called comes from the report.
 */
import { isIP } from 'node:net';

/** `silence`: what was sent, or the waiting for a greeting, met nothing until its time was over. */
export interface ServiceSign {
  address: string;
  port: number;
  sign: 'silence' | 'answer' | 'script cut';
}

/** nsock tells every event in a line of its own, and what a service said stands behind all that is looked at. */
const EVENT =
  /^NSOCK INFO \[[\d.]+s\] nsock_trace_handler_callback\(\): Callback: (READ|CONNECT|SSL-CONNECT|WRITE) (\w+)(?: \[[^\]]{0,80}\])? for EID \d+ \[([0-9a-fA-F.:]{2,45}):(\d{1,5})\]/;
const SCRIPT_CUT = /^NSE: [\w-]+ against ([0-9a-fA-F.:]{2,45}):(\d{1,5}) timed out$/;
const TRACE = /^(NSOCK |Got nsock )/;

/** A line of standard error that is there only because of the trace. */
export function isTrace(line: string): boolean {
  return TRACE.test(line);
}

/** A sign in a line of standard output or standard error; undefined for everything else. */
export function readServiceSign(line: string): ServiceSign | undefined {
  const [, type, status, address = '', port] = EVENT.exec(line) ?? [];
  if (address !== '') {
    if (type !== 'READ') return status === 'SUCCESS' ? undefined : signOf(address, port, 'answer');
    return signOf(address, port, status === 'TIMEOUT' ? 'silence' : 'answer');
  }
  const [, against, scriptPort] = SCRIPT_CUT.exec(line) ?? [];
  return against === undefined ? undefined : signOf(against, scriptPort, 'script cut');
}

function signOf(
  address: string,
  port: string | undefined,
  sign: ServiceSign['sign'],
): ServiceSign | undefined {
  return isIP(address) === 0 || Number(port) > 65_535 ? undefined : { address, port: Number(port), sign };
}
