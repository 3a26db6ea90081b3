/** Makes expectations: of a change that was accepted, and of the present state of hosts. */
import type { Asset, ChangeEvent } from '../../core/asset.ts';
import type { Expectation, NewExpectation } from '../../core/expectation.ts';
import { formatPorts } from '../../core/port-set.ts';
import type { Protocol } from '../../core/result.ts';

export interface Approval {
  by: string;
  at: number;
  reason: string;
  expiresAt?: number | undefined;
}

/** One asset and no other, whatever becomes of its address. */
export const selectorOf = (uid: string) => `id:${uid}`;

/** What accepting a change comes to; undefined where it says nothing of a port. */
export function ofChange(event: ChangeEvent, approval: Approval): NewExpectation | undefined {
  const { asset, protocol, port, site, kind } = event;
  if (asset === undefined || protocol === undefined || port === undefined) return undefined;
  const effect = EFFECT_OF[kind];
  if (effect === undefined) return undefined;
  return {
    site,
    selector: selectorOf(asset),
    protocol,
    ports: String(port),
    effect,
    ...approved(approval),
    change: event.uid,
  };
}

/** A port that closed and was accepted is not wanted back. */
const EFFECT_OF: Readonly<Record<string, Expectation['effect']>> = {
  'port.opened': 'allow',
  'port.discovered': 'allow',
  'port.closed': 'forbid',
  'port.unreachable': 'forbid',
};

/** The ports that are open now, of each host one entry a protocol; of a host without any, that none may be open. */
export function ofPresentState(assets: readonly Asset[], approval: Approval): NewExpectation[] {
  return assets.flatMap((asset) => {
    const open = new Map<Protocol, number[]>();
    for (const { word, protocol, port } of asset.services) {
      if (word === 'open') open.set(protocol, [...(open.get(protocol) ?? []), port]);
    }
    if (open.size === 0) open.set('tcp', []);
    return [...open].map(
      ([protocol, ports]): NewExpectation => ({
        site: asset.site,
        selector: selectorOf(asset.uid),
        protocol,
        ports: formatPorts(ports),
        effect: 'allow',
        ...approved(approval),
      }),
    );
  });
}

function approved({ by, at, reason, expiresAt }: Approval) {
  return { reason, approvedBy: by, approvedAt: at, ...(expiresAt === undefined ? {} : { expiresAt }) };
}
