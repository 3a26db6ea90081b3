/** Rules R11 and R12: hosts that are new or instead of others, and addresses, cards and names that differ. */
import type { Asset } from '../../core/asset.ts';
import type { LookCoverage } from '../coverage.ts';
import type { Ledger } from '../identity/ledger.ts';
import { cardKind } from '../identity/mac.ts';
import type { Networks } from '../identity/networks.ts';
import type { Placement } from '../identity/place.ts';
import type { Away } from './away.ts';
import type { Findings } from './findings.ts';

interface HostContext {
  ledger: Ledger;
  networks: Networks;
  coverage: LookCoverage;
  findings: Findings;
  away: Away;
  /** What was known of it before the look. */
  before: (uid: string) => Asset | undefined;
}

/** What the placing of a sighting means for its host. */
export function judgePlacement(placement: Placement, context: HostContext): void {
  const { ledger, findings } = context;
  const asset = placement.asset === undefined ? undefined : ledger.get(placement.asset);
  if (!asset) return;
  if (placement.created) judgeNew(placement, asset, context);
  else takeBackReplacement(placement, asset, context);
  const { address, card, names } = placement.differences;
  const at = placement.sighting.at;
  const where = placement.sighting.address === undefined ? {} : { address: placement.sighting.address };
  if (address)
    findings.add({
      kind: 'address.changed',
      rule: 'R12',
      at,
      asset: asset.uid,
      subject: 'address',
      ...where,
      before: [...address.before].sort().join(', '),
      after: [...address.after].sort().join(', '),
    });
  if (card)
    findings.add({
      kind: 'mac.changed',
      rule: 'R12',
      at,
      asset: asset.uid,
      subject: 'mac',
      ...where,
      ...card,
    });
  if (names)
    findings.add({
      kind: 'name.changed',
      rule: 'R12',
      at,
      asset: asset.uid,
      subject: names.of,
      ...where,
      before: names.before.join(', '),
      after: names.after.join(', '),
    });
}

function judgeNew(placement: Placement, asset: Asset, context: HostContext): void {
  const { ledger, networks, coverage, findings, away } = context;
  const { address, at } = placement.sighting;
  if (placement.splitFrom !== undefined || address === undefined) return;
  if (coverage.askedSince(address, at)) {
    // Later looks, which were folded before, did not find it: it was there once.
    ledger.put({ ...asset, state: 'absent' });
    findings.suppress(address, 'R18', 'a host of an older look');
    return;
  }
  if (placement.sighting.said === 'imported') {
    findings.suppress(address, 'R2', 'a host of an import that nobody verified');
    return;
  }
  const asked = coverage.askedBefore(address, at);
  const displaced = placement.displaced === undefined ? undefined : ledger.get(placement.displaced);
  if (asset.class === 'ephemeral') {
    if (asked || displaced)
      findings.add({
        kind: 'hosts.ephemeral',
        rule: 'R11',
        at,
        network: networks.nameOf(address),
        subject: `ephemeral ${new Date(at).toISOString().slice(0, 10)}`,
        count: 1,
        sample: [address],
      });
    return;
  }
  const ports = placement.sighting.ports
    .filter(({ word }) => word === 'open')
    .map(({ protocol, port }) => `${port}/${protocol}`);
  const after = ports.length > 0 ? `open: ${ports.slice(0, 20).join(' ')}` : 'nothing open was seen';
  const kind = networks.of(address)?.kind;
  if (displaced && kind !== 'dhcp' && kind !== 'guest' && contradicts(displaced, placement)) {
    ledger.put({ ...displaced, state: 'absent', stateSince: at });
    findings.add({
      kind: 'host.replaced',
      rule: 'R11',
      at,
      asset: asset.uid,
      subject: `occupant ${address}`,
      address,
      before: displaced.uid,
      after: asset.uid,
      ...(ports.length > 0 ? { sample: ports.slice(0, 20) } : {}),
    });
    return;
  }
  if (!asked) {
    findings.suppress(address, 'R1', 'a host of the first look at its address: its baseline');
    return;
  }
  const named = placement.marks.some(({ worth }) => worth !== 'none' && worth !== 'hint');
  if (displaced && !named) {
    findings.suppress(address, 'R11', 'it shows nothing by which it differs from who had the address before');
    return;
  }
  const mayBe = named ? undefined : away.take(placement);
  findings.add({
    kind: 'host.new',
    rule: 'R11',
    at,
    asset: asset.uid,
    subject: 'presence',
    address,
    before: 'silent',
    after: mayBe === undefined ? after : `${after}; it may be who was at ${mayBe}`,
    ...(mayBe === undefined ? {} : { slight: true as const }),
    from: 'gone',
    to: 'here',
    ...(ports.length > 0 ? { sample: ports.slice(0, 20) } : {}),
  });
}

/** An anchor, or a card that a hypervisor gave, of which both have another value. */
function contradicts(displaced: Asset, { marks }: Placement): boolean {
  const telling = (type: string, value: string, worth: string) =>
    worth === 'serial' ||
    worth === 'key' ||
    (type === 'mac' && worth !== 'none' && cardKind(value) !== 'random');
  const theirs = displaced.identifiers.filter(
    ({ type, value, worth, endedAt }) => endedAt === undefined && telling(type, value, worth),
  );
  return marks.some(
    (mark) =>
      telling(mark.type, mark.value, mark.worth) &&
      theirs.some(
        ({ type, detail }) => type === mark.type && (type !== 'ssh_key' || detail === mark.detail),
      ) &&
      !theirs.some(({ type, value }) => type === mark.type && value === mark.value),
  );
}

/** Who was replaced at this address is there again: the replacement is undone. */
function takeBackReplacement(
  { sighting, displaced }: Placement,
  asset: Asset,
  { ledger, findings }: HostContext,
): void {
  const { address, at } = sighting;
  const other = displaced === undefined ? undefined : ledger.get(displaced);
  const subject = `occupant ${address}`;
  if (!other || other.memo?.before?.[subject]?.value !== asset.uid) return;
  const { [subject]: _, ...before } = other.memo.before;
  ledger.put({ ...other, state: 'absent', stateSince: at, memo: { ...other.memo, before } });
  findings.end({ asset: other.uid, subject, at });
}
