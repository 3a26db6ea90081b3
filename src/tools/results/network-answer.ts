/** The answer of scan_network, from its task and the hosts found. */
import { namesOf } from '../../core/host-names.ts';
import type { HostResult, PortResult } from '../../core/result.ts';
import { FINAL_STATES, type Task } from '../../core/task.ts';
import type { ToolAnswer, ToolContext } from '../call/define-tool.ts';
import { answerRunning, answerWithResult } from './answer.ts';
import { coverageOf } from './facts.ts';
import { canFold, FEW, Folds } from './folds.ts';
import type { NetworkAnswer, NetworkHost } from './network-output.ts';
import type { FoldOutput } from './output.ts';
import { eachHost } from './read.ts';

/** Hosts and open ports in one answer; get_task_result pages through all. */
const MOST_HOSTS = 256;
const MOST_PORTS = 2000;
/** Up to so many addresses the hosts that are down are listed too. */
const FEW_ADDRESSES = 32;

/** @param task as it is now: ended, or still going on */
export async function networkAnswer(
  task: Task,
  context: Pick<ToolContext, 'services' | 'caller'>,
): Promise<ToolAnswer<NetworkAnswer>> {
  if (!FINAL_STATES.has(task.state)) {
    const { structured, ...running } = answerRunning(task);
    const { status, message = '' } = structured;
    return { ...running, structured: { status, task_id: task.id, message } };
  }
  const { hosts, folded, cut } = await foundHosts(task, context);
  const target = task.request.targets.join(', ');
  const plain = await answerWithResult(task, context);
  const well = task.state === 'completed';
  const rest = cut
    ? ` The first ${hosts.length} are listed; get_task_result(task_id="${task.id}") has all.`
    : '';
  const missed =
    task.hostsDone < task.addressesTotal || task.coverage.some(({ kind }) => kind === 'not_scanned');
  const scanned = missed
    ? `Scanned ${target}, but not all of it (see the coverage)`
    : `Successfully scanned ${target}`;
  const message = well
    ? `${scanned}, found ${task.hostsUp} active hosts${portsToo(task) ? '' : ' (their ports were not scanned)'}${rest === '' ? '' : `.${rest}`}`
    : `${task.error?.message ?? `The scan was ${task.state}.`} Until then ${task.hostsUp} active hosts were found.${rest}`;
  const { started_at, scan_time, ports_asked, argv, in_phases, report, notice } =
    plain.structured.result ?? {};
  const structured: NetworkAnswer = {
    success: well,
    ...(well ? {} : { status: task.state }),
    message,
    data: {
      host: task.request.host ?? 'localhost',
      target,
      scan_type: task.request.scanType ?? 'basic',
      host_count: task.addressesTotal,
      up_host_count: task.hostsUp,
      results: hosts.map(asNetworkHost),
      ...(folded.length > 0 ? { folded } : {}),
    },
    task_id: task.id,
    run: { started_at, scan_time, ports_asked, argv, in_phases, report, notice },
    ...(task.coverage.length > 0 ? { coverage: coverageOf(task) } : {}),
    ...(task.error ? { error: task.error } : {}),
  };
  return { ...plain, structured, text: `${message}\n${plain.text}` };
}

/** Hosts with open ports first; many without are told together, unless who is there is all that was asked. */
async function foundHosts(
  task: Task,
  { services: { scans }, caller }: Pick<ToolContext, 'services' | 'caller'>,
): Promise<{ hosts: HostResult[]; folded: FoldOutput[]; cut: boolean }> {
  const hosts: HostResult[] = [];
  const quiet: HostResult[] = [];
  const unfoldable: HostResult[] = [];
  const folds = new Folds();
  let room = MOST_PORTS;
  let cut = false;
  for await (const { host } of eachHost(scans, task.id, caller, { open: true })) {
    cut = room === 0 || hosts.length === MOST_HOSTS;
    if (cut) break;
    const ports = host.ports.filter(isOpen).slice(0, room);
    room -= ports.length;
    hosts.push({ ...host, ports });
  }
  const downToo = task.addressesTotal <= FEW_ADDRESSES;
  for await (const { host } of eachHost(scans, task.id, caller, { open: false, downToo })) {
    if (canFold(host)) folds.add(host);
    else if (unfoldable.length <= MOST_HOSTS) unfoldable.push(host);
    if (quiet.length <= MOST_HOSTS) quiet.push(host);
  }
  const folding = portsToo(task) && !downToo && quiet.length > FEW;
  const listed = folding ? unfoldable : quiet;
  const fitting = listed.slice(0, MOST_HOSTS - hosts.length).map((host) => ({ ...host, ports: [] }));
  cut ||= fitting.length < listed.length;
  return { hosts: [...hosts, ...fitting], folded: folding ? folds.all() : [], cut };
}

function isOpen({ state }: PortResult): boolean {
  return state === 'open';
}

function asNetworkHost({
  address,
  status,
  reason,
  hostnames,
  mac,
  vendor,
  timed_out,
  partial,
  details: measured,
  ports,
}: HostResult): NetworkHost {
  const details = [
    reason ?? '',
    latency(measured?.round_trip?.mean),
    namesOf({ hostnames }).join(', '),
    [mac, vendor].filter(Boolean).join(' '),
    timed_out ? 'given up after the host timeout' : '',
    partial ? 'not finished: its ports are those announced so far' : '',
  ];
  return {
    ip: address,
    status,
    status_details: details.filter((part) => part !== '').join('; '),
    open_ports: ports.map((port) => ({
      port: port.port,
      protocol: port.protocol,
      state: port.state,
      service: port.service ?? 'unknown',
      details: portDetails(port),
    })),
  };
}

/** As nmap says it: `0.00012s latency`. */
function latency(microseconds: number | undefined): string {
  if (microseconds === undefined || microseconds <= 0) return '';
  const seconds = microseconds / 1_000_000;
  return `${seconds.toFixed(Math.max(2, 1 - Math.floor(Math.log10(seconds))))}s latency`;
}

function portDetails({ product, version, extra_info, tunnel, method }: PortResult): string {
  const said = [product, version, extra_info === undefined ? undefined : `(${extra_info})`, tunnel].filter(
    Boolean,
  );
  if (said.length > 0) return said.join(' ');
  return method === 'probed' ? 'the service answered' : 'service guessed from the port number';
}

function portsToo({ request }: Task): boolean {
  return !request.options.some(({ flag }) => flag === '-sn');
}
