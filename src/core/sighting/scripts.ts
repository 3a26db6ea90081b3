/** Facts and marks from what nmap's scripts found; only their structure is read, never their text. */
import { createHash } from 'node:crypto';
import type { ScriptData, ScriptResult } from '../details.ts';
import type { HostResult } from '../result.ts';
import { certificateOf } from './certificate.ts';
import type { Place, Said } from './said.ts';

/** What the scripts of a host say of it, each mark and fact once. */
export function scriptWords(host: Pick<HostResult, 'ports' | 'scripts'>): Said {
  const said: Said = { marks: [], facts: [] };
  for (const { port, protocol, state, scripts = [] } of host.ports) {
    if (state !== 'open' && state !== 'open|filtered') continue;
    for (const script of scripts) take(script, { port, protocol }, said);
  }
  for (const script of host.scripts ?? []) take(script, SMB, said);
  return { marks: distinct(said.marks), facts: distinct(said.facts) };
}

/** Scripts of a host as a whole that are read here all ask SMB. */
const SMB: Place = { port: 445, protocol: 'tcp' };

function take({ id, data }: ScriptResult, place: Place, said: Said): void {
  if (data === undefined) return;
  const read = READERS.get(id) ?? (id.endsWith('-ntlm-info') ? ntlm : undefined);
  const { marks = [], facts = [] } = read?.(data, place) ?? {};
  said.marks.push(...marks);
  said.facts.push(...facts);
}

type Reader = (data: ScriptData, place: Place) => Partial<Said>;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>(
  Object.entries({
    'ssh-hostkey': hostKeys,
    'ssl-cert': (data, place) =>
      certificateOf(
        {
          pem: text(data, 'pem'),
          sha1: text(data, 'sha1'),
          subject: table(data, 'subject'),
          issuer: table(data, 'issuer'),
        },
        place,
      ),
    'snmp-info': snmp,
    'smb-os-discovery': smb,
    'smb-protocols': dialects,
    nbstat: (data) => named('netbios', text(data, 'server_name')),
  } satisfies Record<string, Reader>),
);

/** One table a key: `type`, `bits`, `key` in base64 and `fingerprint`, an MD5 in hexadecimal (ssh-hostkey.nse). */
function hostKeys(data: ScriptData, place: Place): Said {
  const said: Said = { marks: [], facts: [] };
  for (const key of listOf(data)) {
    const type = text(key, 'type')?.replace(/^ssh-/, '');
    const fingerprint = fingerprintOf(text(key, 'key'), text(key, 'fingerprint'));
    if (type === undefined || fingerprint === undefined) continue;
    const bits = Number.parseInt(text(key, 'bits') ?? '', 10);
    said.marks.push({ type: 'ssh_key', value: fingerprint, detail: type });
    said.facts.push({
      type: 'hostkey',
      ...place,
      keyType: type,
      fingerprint,
      ...(Number.isInteger(bits) ? { bits } : {}),
    });
  }
  return said;
}

/** As OpenSSH writes it: SHA256 of the key, or MD5 where the key itself was not told. */
function fingerprintOf(key: string | undefined, md5: string | undefined): string | undefined {
  if (key !== undefined && /^[A-Za-z0-9+/]{32,16000}={0,2}$/.test(key)) {
    const digest = createHash('sha256').update(Buffer.from(key, 'base64')).digest('base64');
    return `SHA256:${digest.replace(/=+$/, '')}`;
  }
  return md5 !== undefined && /^[0-9a-f]{32}$/.test(md5) ? `MD5:${md5}` : undefined;
}

/** Boots and times of the engine change by themselves and are left out (snmp-info.nse, RFC 3411 5). */
function snmp(data: ScriptData, place: Place): Partial<Said> {
  const id = text(data, 'engineIDData')?.toLowerCase();
  const format = text(data, 'engineIDFormat');
  const enterprise = text(data, 'enterprise');
  return {
    marks:
      id === undefined || id === ''
        ? []
        : [{ type: 'snmp_engine', value: id, ...(format ? { detail: format } : {}) }],
    facts: enterprise === undefined ? [] : [{ type: 'snmp', ...place, text: enterprise }],
  };
}

/** The clock of the host (`date`) is left out. */
function smb(data: ScriptData, place: Place): Partial<Said> {
  const { marks } = named('smb', text(data, 'fqdn') ?? text(data, 'server'));
  const words = ['os', 'lanmanager', 'domain_dns', 'workgroup'].flatMap((key) => text(data, key) ?? []);
  return { marks, facts: words.length === 0 ? [] : [{ type: 'smb', ...place, text: words.join('; ') }] };
}

function dialects(data: ScriptData, place: Place): Partial<Said> {
  const list = listOf(part(data, 'dialects') ?? data).filter((one) => typeof one === 'string');
  return list.length === 0 ? {} : { facts: [{ type: 'smb_dialects', ...place, text: list.join(', ') }] };
}

function ntlm(data: ScriptData): Partial<Said> {
  return named('ntlm', text(data, 'DNS_Computer_Name') ?? text(data, 'NetBIOS_Computer_Name'));
}

/** A name that the host says is its own. */
function named(detail: string, name: string | undefined): Pick<Said, 'marks'> {
  // smb-os-discovery ends names with the zero byte they came with.
  const clean = name
    ?.replace(/\\x00$/, '')
    .replace(/\.$/, '')
    .toLowerCase()
    .trim();
  return { marks: clean ? [{ type: 'name', value: clean, detail }] : [] };
}

function part(data: ScriptData | undefined, key: string): ScriptData | undefined {
  if (typeof data !== 'object' || Array.isArray(data)) return undefined;
  return Object.hasOwn(data, key) ? data[key] : undefined;
}

function text(data: ScriptData, key: string): string | undefined {
  const value = part(data, key);
  return typeof value === 'string' ? value : undefined;
}

function table(data: ScriptData, key: string): Readonly<Record<string, string>> {
  const value = part(data, key);
  if (typeof value !== 'object' || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, one]) => (typeof one === 'string' ? [[name, one]] : [])),
  );
}

function listOf(data: ScriptData): ScriptData[] {
  if (Array.isArray(data)) return data;
  const list = part(data, '#');
  return Array.isArray(list) ? list : [];
}

function distinct<T>(list: readonly T[]): T[] {
  return [...new Map(list.map((one) => [JSON.stringify(one), one])).values()];
}
