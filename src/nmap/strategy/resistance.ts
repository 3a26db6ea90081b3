/** What is done about hosts that work against the scan: found by their sentinels, asked on slowly, and told of. */
import { type Ask, askLimited, askTurned } from './ask-slowly.ts';
import { type HostFindings, hasSilent, isSilence } from './findings.ts';
import { FEW_HOSTS, type Hurried, isMasked, look, SILENCE, sentinelsOf, telling } from './sentinels.ts';
import type { Sweeper } from './sweeper.ts';

export interface Watch {
  /** Packets a second of the sweep before. */
  rate: number;
  /** When the hosts answered last, in milliseconds. */
  since: number;
  /** After a check of its own nothing but a ban is looked for. */
  load?: boolean;
}

/** Looks for hosts that turned or take few connections, and asks them on. @returns those hosts */
export async function meetResistance(
  hosts: readonly HostFindings[],
  sweeper: Sweeper,
  { ask, ...watch }: Watch & { ask: Ask },
): Promise<Set<HostFindings>> {
  const { turned, limited } = await judge(hosts, sweeper, watch);
  if (turned.length > 0) {
    sweeper.withdraw(turned.map(({ address }) => address));
    const back = await askTurned(turned, sweeper, ask);
    for (const host of turned) keepTurned(host, back.includes(host));
  }
  await keepToLimits(limited, sweeper, ask);
  return new Set([...turned, ...limited]);
}

/** Looks for them and marks what was asked in vain; asks nothing but sentinels. */
export async function judge(
  hosts: readonly HostFindings[],
  sweeper: Sweeper,
  { rate, since, load = true }: Watch,
): Promise<{ turned: HostFindings[]; limited: HostFindings[] }> {
  // Of many hosts each was asked slowly: where all is closed one more reset says nothing then.
  const few = hosts.length <= FEW_HOSTS;
  const doubtful = hosts.filter((host) => few || host.open.size > 0 || hasSilent(host) || isMixed(host));
  const { turned, hurried } = await look(doubtful, sweeper, { rate, load });
  const noticed = sweeper.now();
  for (const host of turned) markTurned(host, since, noticed);
  const limited: HostFindings[] = [];
  if (load) for (const one of hurried) if (await isLimited(one, sweeper)) limited.push(one.host);
  return { turned, limited };
}

/** Of hosts that lost what came fast, those that take few connections at a time are asked on so. @returns those */
export async function meetLimits(
  hosts: readonly HostFindings[],
  sweeper: Sweeper,
  ask: Ask,
): Promise<Set<HostFindings>> {
  const limited: HostFindings[] = [];
  for (const host of hosts) {
    if (host.atOnce === 'any' || host.open.size === 0) continue;
    host.sentinels = sentinelsOf(host);
    host.masks = [SILENCE];
    if (await isLimited({ host, refused: false }, sweeper)) limited.push(host);
  }
  await keepToLimits(limited, sweeper, ask);
  return new Set(limited);
}

async function keepToLimits(limited: readonly HostFindings[], sweeper: Sweeper, ask: Ask): Promise<void> {
  sweeper.withdraw(limited.map(({ address }) => address));
  for (const host of limited) {
    const before = host.open.size;
    await askLimited(host, sweeper, ask);
    const again = { gained: host.open.size - before, untested: host.untested.size };
    host.limit = { most: host.limit?.most, again };
  }
}

/** Some ports were refused by ICMP and others answered: one may be what became of the other. */
function isMixed({ answers }: HostFindings): boolean {
  const states = new Set([...answers.values()].map(({ state }) => state));
  return states.size > 1;
}

function markTurned(host: HostFindings, since: number, noticed: number, services = false): void {
  // When services are asked the ports are done.
  for (const [port, answer] of services ? [] : host.answers) {
    if (isMasked(answer, host.masks) && !host.first.has(port)) host.untested.add(port);
  }
  const before = [...host.open.keys(), ...host.answers.keys()].filter(
    (port) => !host.untested.has(port) && !isSilence(host.answers.get(port)),
  );
  host.turned = {
    from: since,
    noticed,
    how: host.masks.every(isSilence) ? 'silent' : 'refused',
    before,
    sentinels: telling(host.sentinels).map(([port]) => port),
    untested: host.untested.size,
    back: false,
    services,
  };
}

function keepTurned(host: HostFindings, back: boolean): void {
  if (host.turned) host.turned = { ...host.turned, back, untested: host.untested.size };
}

/** Measures how many connections it takes; of one that drops in haste nothing is said without a number. */
async function isLimited({ host, refused }: Hurried, sweeper: Sweeper): Promise<boolean> {
  const [port] = [...host.sentinels].flatMap(([number, { state }]) => (state === 'open' ? [number] : []));
  if (port === undefined) return false;
  const most = await sweeper.heldConnections(host.address, port);
  host.atOnce = most ?? (refused ? 1 : 'any');
  if (host.atOnce === 'any') return false;
  host.limit = { most };
  for (const [number, answer] of host.answers) if (isMasked(answer, host.masks)) host.untested.add(number);
  return true;
}

/** Whether hosts still answer when their services have been asked. */
export async function watchServices(
  hosts: readonly HostFindings[],
  sweeper: Sweeper,
  { rate, since }: Pick<Watch, 'rate' | 'since'>,
): Promise<void> {
  const asked = hosts.filter(({ turned, open }) => turned === undefined && open.size > 0);
  const { turned } = await look(asked, sweeper, { rate, load: false });
  for (const host of turned) {
    sweeper.withdraw([host.address]);
    markTurned(host, since, sweeper.now(), true);
    host.forgetWrapped();
  }
}
