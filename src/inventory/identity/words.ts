/** How sure we are that sightings are one host, and why, in words a person reads. */
import type { Asset } from '../../core/asset.ts';
import type { MarkType } from '../../core/look.ts';
import type { GradedMark } from './grade.ts';
import { currentMarks } from './ledger.ts';

const WORDS: Readonly<Record<MarkType, string>> = {
  serial: 'serial number',
  smbios: 'SMBIOS id',
  cloud_id: 'cloud instance',
  snmp_engine: 'SNMP engine',
  ssh_key: 'ssh key',
  tls_key: 'TLS key',
  mac: 'MAC',
  name: 'name',
  ptr: 'PTR name',
  asked_name: 'asked name',
  cert_name: 'certificate name',
};

/** 0.99 two anchors, 0.95 a serial or key, 0.9 a card, 0.7 a name of its own or a MAC it made up, 0.5 an address. */
export function confidenceOf(marks: readonly Pick<GradedMark, 'type' | 'worth'>[]): number {
  const anchors = new Set(marks.flatMap(({ type, worth }) => (isAnchor(worth) ? [type] : [])));
  if (anchors.size >= 2) return 0.99;
  if (marks.some(({ worth }) => worth === 'serial' || worth === 'key')) return 0.95;
  if (anchors.size === 1) return 0.9;
  return marks.some(({ worth }) => worth === 'support' || worth === 'weak') ? 0.7 : 0.5;
}

export const isAnchor = (worth: GradedMark['worth']): boolean =>
  worth === 'serial' || worth === 'key' || worth === 'card';

/** `same ssh key, new MAC`: what a sighting shares with its asset, and what is new about it. */
export function reasonOf(asset: Asset, marks: readonly GradedMark[], address: string | undefined): string {
  const known = new Set(currentMarks(asset).map(({ type, value }) => `${type} ${value}`));
  const telling = marks.filter(({ worth }) => worth !== 'none' && worth !== 'hint');
  const has = ({ type, value }: GradedMark) => known.has(`${type} ${value}`);
  const same = [...new Set(telling.filter(has).map(({ type }) => `same ${WORDS[type]}`))];
  const fresh = [...new Set(telling.filter((mark) => !has(mark)).map(({ type }) => `new ${WORDS[type]}`))];
  const held = asset.addresses.some((one) => one.address === address && one.to === undefined);
  if (address !== undefined && held && same.length === 0) same.push('same address');
  if (address !== undefined && !held) fresh.push('new address');
  return [...same, ...fresh].join(', ');
}
