/** Rules R1 to R4, R7, R15 and R18 of one port: what it is after a look, and what of that is told. */
import type { Service } from '../../core/asset.ts';
import type { PortWord, ServiceSighting } from '../../core/look.ts';
import type { Protocol } from '../../core/result.ts';
import type { Thresholds } from '../thresholds.ts';
import { calmed, turned } from './flapping.ts';
import type { ChangeKind } from './kinds.ts';
import { judgeService, serviceText } from './services.ts';

/** One port as one look saw it. */
export interface PortLook {
  vantage: string;
  protocol: Protocol;
  port: number;
  word: PortWord;
  service: ServiceSighting | undefined;
  address: string | undefined;
  at: number;
  /** Which look at this port it is, counting from 1. */
  look: number;
  /** Whether this vantage asked it before. */
  asked: boolean;
  /** When the port was last observed before. */
  lastAt: number;
}

/** What holds for all ports of a host in a look. */
export interface HostLook {
  /** The first look at the host: all of it is its baseline. */
  baseline: boolean;
  /** Older than what is known of the host. */
  late: boolean;
  /** The look cannot tell what did not answer (rule R7). */
  positivesOnly: boolean;
  /** The look may have been blind: silence in it says nothing (rule R6). */
  blind?: string;
  /** It answered at some port: silence of another is its own, not that of a path or of somebody who blocks us. */
  answers: boolean;
  /** It asks again what another look found shut. */
  recheck: boolean;
  /** The words are those of a file that nobody checked. */
  unverified: boolean;
}

export interface PortVerdict {
  /** Absent: nothing is to be kept of it. */
  row?: Service;
  changes: { kind: ChangeKind; rule: string; before?: string; after?: string }[];
  held?: { rule: string; why: string };
  /** Its service is one of several again. */
  returns?: true;
  /** It flapped and is calm again. */
  calm?: true;
  /** Worth asking again in a minute. */
  recheck?: true;
}

export function judgePort(
  row: Service | undefined,
  seen: PortLook,
  host: HostLook,
  limits: Thresholds,
  openElsewhere: () => boolean,
): PortVerdict {
  if (seen.word === 'open')
    return row?.word === 'open'
      ? stillOpen(row, seen, host, limits)
      : opens(row, seen, host, limits, openElsewhere);
  if (row === undefined) return { changes: [] };
  return row.word === 'open' ? speaksAgainst(row, seen, host, limits) : stillShut(row, seen, host, limits);
}

function stillOpen(row: Service, seen: PortLook, host: HostLook, limits: Thresholds): PortVerdict {
  const { at, look, address } = seen;
  if (at < seen.lastAt) {
    const firstOpen = Math.min(row.firstOpen ?? at, at);
    return { row: firstOpen === row.firstOpen ? row : { ...row, firstOpen }, changes: [] };
  }
  if (host.unverified) return { row, changes: [] };
  const pending = row.against.all > 0;
  const open: Service = {
    ...row,
    against: pending ? { strong: 0, all: 0 } : row.against,
    ...lullsOf(row, limits),
    confirmedAt: at,
    ...(address === undefined ? {} : { address }),
  };
  const { row: judged, change, held, returns } = judgeService(open, seen.service, look, limits);
  const settled = settle(judged, look, limits);
  return {
    row:
      change || judged.service !== row.service
        ? { ...settled.row, ...(change ? { changedAt: at } : {}) }
        : settled.row,
    changes: change ? [{ ...change, rule: 'R8' }] : [],
    ...(settled.calm ? { calm: true } : {}),
    ...(returns ? { returns } : {}),
    ...(held
      ? { held: { rule: 'R8', why: held } }
      : pending
        ? { held: { rule: 'R3', why: 'it answers again' } }
        : {}),
  };
}

function opens(
  row: Service | undefined,
  seen: PortLook,
  host: HostLook,
  limits: Thresholds,
  openElsewhere: () => boolean,
): PortVerdict {
  const { at, look, address, service } = seen;
  const known = row !== undefined || seen.asked;
  if (host.unverified && known && !host.baseline)
    return {
      ...(row ? { row } : {}),
      changes: [],
      held: { rule: 'R2', why: 'an import that nobody verified says open' },
      recheck: true,
    };
  if (known && at <= seen.lastAt) {
    const held = { rule: 'R18', why: `open at an earlier time than the last look at it` };
    return row
      ? { row: { ...row, firstOpen: Math.min(row.firstOpen ?? at, at) }, changes: [], held }
      : { changes: [], held };
  }
  const open: Service = {
    ...(row ?? fresh(seen)),
    word: 'open',
    against: { strong: 0, all: 0 },
    firstOpen: row?.firstOpen ?? at,
    changedAt: at,
    confirmedAt: at,
    ...(address === undefined ? {} : { address }),
  };
  const { service: _, ...bare } = open;
  const offered: Service = service ? { ...bare, service } : bare;
  const after = service && serviceText(service) ? `open ${serviceText(service)}` : 'open';
  if (host.baseline) return { row: offered, changes: [] };
  if (!known) {
    if (host.late)
      return { row: offered, changes: [], held: { rule: 'R18', why: 'an older look: fills history' } };
    if (openElsewhere())
      return {
        row: offered,
        changes: [],
        held: { rule: 'R1', why: 'known to be open, seen from here for the first time' },
      };
    return { row: offered, changes: [{ kind: 'port.discovered', rule: 'R1', after }] };
  }
  const turn = turned(offered, { at, look }, limits);
  const kept: Service = { ...offered, turns: turn.turns, ...(turn.flapping ? { flapping: true } : {}) };
  return told(kept, turn.tell, look, limits, {
    kind: 'port.opened',
    rule: 'R2',
    before: row?.word ?? 'not open',
    after,
  });
}

/** A port that was open and does not answer so now: pending until looks enough agree. */
function speaksAgainst(row: Service, seen: PortLook, host: HostLook, limits: Thresholds): PortVerdict {
  const { word, at, look, protocol } = seen;
  const held = (rule: string, why: string): PortVerdict => ({ row, changes: [], held: { rule, why } });
  if (host.positivesOnly || host.unverified) return held('R7', 'the look proves no absence');
  if (at <= seen.lastAt) return held('R18', 'an older look');
  const strong = word === 'closed';
  if (host.blind !== undefined && !strong)
    return held('R6', `a look that may have been blind: ${host.blind}`);
  if (!strong && !host.answers) return held('R3', 'the host answered nothing else in this look');
  const against = {
    strong: row.against.strong + Number(strong),
    all: row.against.all + Number(strong || !host.recheck),
  };
  const closed = against.strong >= (protocol === 'udp' ? limits.udpLooks : limits.closedLooks);
  const shy = (row.lulls ?? 0) >= limits.habitTimes;
  const gone = against.all >= (protocol === 'udp' ? limits.udpLooks * (shy ? 2 : 1) : limits.silentLooks);
  if (!closed && !gone) {
    const first = strong && !host.recheck && protocol !== 'udp';
    return {
      row: { ...row, against },
      changes: [],
      held: {
        rule: 'R3',
        why: `${word} in ${against.all === 1 ? 'one look' : `${against.all} looks`}: not confirmed`,
      },
      ...(first ? { recheck: true as const } : {}),
    };
  }
  const turn = turned(row, { at, look }, limits);
  const kept: Service = {
    ...row,
    word,
    against: { strong: 0, all: 0 },
    changedAt: at,
    confirmedAt: at,
    turns: turn.turns,
    ...(turn.flapping ? { flapping: true } : {}),
  };
  return told(kept, turn.tell, look, limits, {
    kind: closed ? 'port.closed' : 'port.unreachable',
    rule: 'R3',
    before: row.service && serviceText(row.service) ? `open ${serviceText(row.service)}` : 'open',
    after: word,
  });
}

/** Rule R4: from one kind of not open to another is recorded, never told. */
function stillShut(row: Service, seen: PortLook, host: HostLook, limits: Thresholds): PortVerdict {
  if (host.positivesOnly || host.unverified || seen.at <= seen.lastAt) return { row, changes: [] };
  const { row: settled, calm } = settle({ ...row, word: seen.word, confirmedAt: seen.at }, seen.look, limits);
  return {
    row: settled,
    changes: [],
    ...(row.word === seen.word
      ? {}
      : { held: { rule: 'R4', why: `${row.word} before, ${seen.word} now: not open either way` } }),
    ...(calm ? { calm: true } : {}),
  };
}

function told(
  row: Service,
  tell: 'turn' | 'flapping' | 'nothing',
  look: number,
  limits: Thresholds,
  change: PortVerdict['changes'][number],
): PortVerdict {
  switch (tell) {
    case 'turn':
      return { row, changes: [change] };
    case 'flapping':
      return {
        row,
        changes: [
          {
            kind: 'flapping.started',
            rule: 'R15',
            before: 'steady',
            after: `${limits.flapTurns} turns by look ${look}`,
          },
        ],
        held: { rule: 'R15', why: `${change.kind}: told as flapping` },
      };
    case 'nothing':
      return { row, changes: [], held: { rule: 'R15', why: `${change.kind} while it flaps` } };
  }
}

/** A UDP service that answers again after a silence; beyond what makes a habit of it, they need not be counted. */
function lullsOf(
  { protocol, against, lulls = 0 }: Service,
  { habitTimes }: Thresholds,
): Pick<Service, 'lulls'> {
  const lull = protocol === 'udp' && against.all > against.strong && lulls < habitTimes;
  return lull ? { lulls: lulls + 1 } : {};
}

function settle(row: Service, look: number, limits: Thresholds): { row: Service; calm: boolean } {
  const turns = row.flapping ? calmed(row, look, limits) : undefined;
  if (!turns) return { row, calm: false };
  const { flapping: _, ...calm } = row;
  return { row: { ...calm, turns }, calm: true };
}

function fresh({ vantage, protocol, port, at }: PortLook): Service {
  return {
    vantage,
    protocol,
    port,
    word: 'silent',
    against: { strong: 0, all: 0 },
    changedAt: at,
    confirmedAt: at,
    turns: [],
    recent: [],
  };
}
