/** Words of the field that callers use for arguments, and where each is said here. */
import type { AnyTool } from './define-tool.ts';
import type { ToolRegistry } from './registry.ts';

/** The arguments that say it, the best first, each with an example. */
const PORTS = { port_range: '"22,80-443"', command: '"-p 22,80 192.168.1.10"' };
const OPTIONS = { command: '"-sU --top-ports 20 192.168.1.10"', extra_args: '"-sV"' };
const TARGETS = { target: '"192.168.1.0/24"', ip: '"192.0.2.7"', command: '"-sV 192.168.1.10"' };
const FILE = { path: '"monday.pcap"' };
const TERMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  port: PORTS,
  portlist: PORTS,
  portspec: PORTS,
  portrange: PORTS,
  p: PORTS,
  script: { command: '"--script banner 192.168.1.10"' },
  scantype: { scan_type: '"basic"', command: '"-sU 192.168.1.10"' },
  udp: { command: '"-sU 192.168.1.10"' },
  timing: { command: '"-T3 192.168.1.10"', politeness: '"gentle"' },
  option: OPTIONS,
  flag: OPTIONS,
  arg: OPTIONS,
  argument: OPTIONS,
  nmaparg: OPTIONS,
  extraarg: OPTIONS,
  target: TARGETS,
  host: TARGETS,
  hostname: TARGETS,
  ip: TARGETS,
  ipaddress: TARGETS,
  address: TARGETS,
  addresse: TARGETS,
  network: TARGETS,
  subnet: TARGETS,
  cidr: TARGETS,
  range: TARGETS,
  domain: TARGETS,
  file: FILE,
  filename: FILE,
  filepath: FILE,
  pcap: FILE,
  pcappath: FILE,
  capture: FILE,
  id: { task_id: 'as the scan answered' },
  scanid: { task_id: 'as the scan answered' },
  jobid: { task_id: 'as the scan answered' },
  wait: { timeout: '60' },
  timeoutsecond: { timeout: '60', timeout_sec: '60' },
  page: { cursor: 'the next_cursor of the page before' },
  offset: { cursor: 'the next_cursor of the page before' },
  node: { scanner: 'the name of a scanner' },
  agent: { scanner: 'the name of a scanner' },
};

/**
 * Says that a tool does not take an argument of this name, and which tool does, or what it is called here.
 * @param argumentsOf the names that a tool's arguments have in this configuration.
 */
export function whereInstead(
  key: string,
  tool: AnyTool,
  tools: ToolRegistry,
  argumentsOf: (tool: AnyTool) => readonly string[],
): string {
  const shown = JSON.stringify(key.slice(0, 40));
  const own = argumentsOf(tool);
  const spelled = own.find((name) => plain(name) === plain(key));
  if (spelled !== undefined) return `${tool.name} calls ${shown} ${spelled}.`;
  const term = Object.hasOwn(TERMS, plain(key)) ? (TERMS[plain(key)] ?? {}) : {};
  const said = Object.keys(term).find((name) => own.includes(name));
  if (said !== undefined) return `${tool.name} has no ${shown}: it is said with ${said} (${term[said]}).`;
  const elsewhere = [key, ...Object.keys(term)].flatMap((name) =>
    [...tools.values()]
      .filter((other) => argumentsOf(other).includes(name))
      .map(({ name: other }) => {
        const as = name === key ? '' : `, as ${name}`;
        return `${other} does${as}${Object.hasOwn(term, name) ? ` (${term[name]})` : ''}`;
      }),
  );
  return elsewhere.length === 0
    ? `${tool.name} has no ${shown}.`
    : `${tool.name} takes no ${shown}; ${elsewhere.slice(0, MOST).join('; ')}.`;
}

/** Other tools that are named for one argument. */
const MOST = 3;

/** `taskId`, `task-id` and `TASK_IDS` are `task_id`. */
function plain(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/(?<=..)s$/, '');
}
