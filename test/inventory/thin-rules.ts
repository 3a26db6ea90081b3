/**
 * The least that can be called rules, for tests of what keeps and reads: a host is its MAC, or else its address; a port is
 * what the last look said. It touches every table that real rules write.
 */
import { createHash } from 'node:crypto';
import type { Asset, ChangeEvent, Service } from '../../src/core/asset.ts';
import type { Folded, Known } from '../../src/core/fold.ts';
import type { Look, Sighting } from '../../src/core/look.ts';
import { portSet } from '../../src/core/port-set.ts';
import { whole } from '../../src/core/settled.ts';

const uidOf = (kind: string, text: string) =>
  `${kind}_${createHash('sha256').update(text).digest('base64url').slice(0, 16)}`;

export function thinRules(given: Known, look: Look): Folded {
  const known = { ...given, assets: given.assets.map(whole) };
  const assets = new Map(known.assets.map((asset) => [asset.uid, asset]));
  const touched = new Set<string>();
  const byMark = new Map<string, Asset>();
  for (const asset of known.assets) {
    for (const { value } of asset.identifiers) byMark.set(value, asset);
    for (const { address, to } of asset.addresses) if (to === undefined) byMark.set(address, asset);
  }
  const folded: Folded = {
    assets: [],
    events: [],
    closed: [],
    suppressed: [],
    notes: [],
    tested: [],
    memory: { [`looks of ${look.vantage}`]: Number(known.memory[`looks of ${look.vantage}`] ?? 0) + 1 },
  };
  const out = folded as {
    -readonly [K in keyof Folded]: Folded[K] extends readonly (infer T)[] ? T[] : Folded[K];
  };
  for (const sighting of look.sightings) {
    const asset = placed(byMark, sighting, look);
    touched.add(asset.uid);
    const isNew = !assets.has(asset.uid);
    const ports = portsOf(asset, sighting, look, isNew, out);
    assets.set(asset.uid, {
      ...asset,
      state: 'present',
      misses: 0,
      lastSeen: sighting.at,
      services: ports,
      facts: [
        ...asset.facts,
        ...sighting.facts
          .filter((fact) => !asset.facts.some((kept) => JSON.stringify(kept.fact) === JSON.stringify(fact)))
          .map((fact) => ({ fact, firstSeen: sighting.at, lastSeen: sighting.at })),
      ],
    });
    if (isNew) out.events.push(event(look, asset, 'host.new', sighting));
    out.notes.push({
      at: sighting.at,
      ...(sighting.address === undefined ? {} : { address: sighting.address }),
      asset: asset.uid,
      rung: isNew ? 'new' : 'address',
      marks: sighting.marks,
      candidates: [],
      vetoes: [],
      why: 'thin',
    });
    for (const { aspect, protocol, ports: asked } of look.coverage)
      if (sighting.address !== undefined)
        out.tested.push({
          asset: asset.uid,
          address: sighting.address,
          vantage: look.vantage,
          aspect,
          ...(protocol === undefined ? {} : { protocol }),
          ...(asked === undefined ? {} : { ports: asked }),
          lastAt: look.endedAt,
        });
  }
  if (look.completeness === 'full' && look.coverage.length > 0)
    for (const asset of known.assets)
      if (!touched.has(asset.uid)) {
        assets.set(asset.uid, { ...asset, misses: asset.misses + 1 });
        touched.add(asset.uid);
        out.suppressed.push({ look: look.hash, subject: asset.uid, rule: 'R5', count: 1, why: 'one miss' });
      }
  out.assets = [...assets.values()].filter(({ uid }) => touched.has(uid));
  return out;
}

function placed(byMark: ReadonlyMap<string, Asset>, sighting: Sighting, look: Look): Asset {
  const mac = sighting.marks.find(({ type }) => type === 'mac')?.value;
  const found = byMark.get(mac ?? sighting.address ?? '');
  const { at } = sighting;
  const marks = sighting.marks.map((mark) => ({
    ...mark,
    worth: 'card' as const,
    said: sighting.said,
    firstSeen: at,
    lastSeen: at,
  }));
  const here = { address: sighting.address ?? '0.0.0.0', from: at, look: look.hash };
  if (!found)
    return {
      uid: uidOf('a', `${look.hash} ${mac ?? sighting.address}`),
      site: look.site,
      class: 'normal',
      state: 'present',
      criticality: 'normal',
      static: false,
      tags: [],
      firstSeen: at,
      lastSeen: at,
      stateSince: at,
      misses: 0,
      flags: [],
      confidence: 0.9,
      identifiers: marks,
      addresses: [here],
      services: [],
      facts: [],
    };
  const known = new Map(found.identifiers.map((one) => [`${one.type} ${one.value}`, one]));
  for (const mark of marks) {
    const before = known.get(`${mark.type} ${mark.value}`);
    known.set(`${mark.type} ${mark.value}`, before ? { ...before, lastSeen: at } : mark);
  }
  const stays = found.addresses.some(({ address, to }) => to === undefined && address === sighting.address);
  const addresses = stays
    ? found.addresses
    : [...found.addresses.map((one) => (one.to === undefined ? { ...one, to: at } : one)), here];
  return { ...found, identifiers: [...known.values()], addresses };
}

function portsOf(
  asset: Asset,
  sighting: Sighting,
  look: Look,
  isNew: boolean,
  out: { events: ChangeEvent[]; closed: Folded['closed'][number][] },
): Service[] {
  const services = new Map(asset.services.map((one) => [`${one.protocol} ${one.port} ${one.vantage}`, one]));
  const counted = sighting.counted.flatMap(({ word, protocol, ports }) =>
    portSet(ports).map((port) => ({ port, protocol, word })),
  );
  const all: readonly (typeof sighting.ports)[number][] = [...sighting.ports, ...counted];
  for (const seen of all) {
    const key = `${seen.protocol} ${seen.port} ${look.vantage}`;
    const before = services.get(key);
    if (!before && seen.word !== 'open') continue;
    if (before?.word === seen.word && !seen.service) {
      services.set(key, { ...before, confirmedAt: look.endedAt });
      continue;
    }
    const turned = before !== undefined && before.word !== seen.word;
    services.set(key, {
      vantage: look.vantage,
      protocol: seen.protocol,
      port: seen.port,
      against: { strong: 0, all: 0 },
      recent: [],
      firstOpen: sighting.at,
      ...before,
      word: seen.word,
      ...(seen.service ? { service: seen.service } : {}),
      changedAt: before && !turned ? before.changedAt : sighting.at,
      confirmedAt: look.endedAt,
      turns: turned
        ? [...before.turns, { at: sighting.at, look: before.turns.length }].slice(-5)
        : (before?.turns ?? []),
    });
    if (isNew || before?.word === seen.word) continue;
    const [kind, other] =
      seen.word === 'open' ? ['port.opened', 'port.closed'] : ['port.closed', 'port.opened'];
    const told = event(look, asset, kind, sighting, seen);
    out.events.push(told);
    out.closed.push({ dedupeKey: told.dedupeKey.replace(kind, other), at: look.endedAt, by: told.uid });
  }
  return [...services.values()];
}

function event(
  look: Look,
  asset: Asset,
  kind: string,
  { address, at }: Sighting,
  port?: { port: number; protocol: Service['protocol'] },
): ChangeEvent {
  const dedupeKey = [kind, asset.uid, port?.protocol, port?.port]
    .filter((part) => part !== undefined)
    .join(' ');
  return {
    uid: uidOf('e', `${look.hash} ${dedupeKey}`),
    at,
    seenAt: look.endedAt,
    site: look.site,
    asset: asset.uid,
    ...(address === undefined ? {} : { address }),
    ...(port ? { port: port.port, protocol: port.protocol } : {}),
    kind,
    severity: 'medium',
    rule: 'R2',
    lookAfter: look.hash,
    vantage: look.vantage,
    dedupeKey,
  };
}
