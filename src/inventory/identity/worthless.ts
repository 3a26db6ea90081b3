/**
 * Values that identify nobody, whoever shows them. The list is short on purpose: what a firmware ships is learnt too, when
 * a key is seen on several assets alive at once.
 */
import type { MarkType } from '../../core/look.ts';

/**
 * SSH host keys that one firmware ships to all its devices, as SHA-256 and MD5 of the key, hexadecimal: computed from the
 * public halves in rapid7/ssh-badkeys, a few of each kind. SEC Consult counted 80 such keys on 900,000 hosts ("House of
 * Keys", 2015).
 */
const SHIPPED_KEYS: ReadonlySet<string> = new Set([
  'e11109a26cbf65b19b2d571b67347f8ba090bb317e108e8332fbbf9470b18783',
  '224d5dda2144d03ff1b989d53cb7a4a8', // Kali Linux for Raspberry Pi 2
  '9cc9c9c789aacfb46cc5496ce7e76be4e324b24facaf529a480629adc3874a46',
  'c2f22daa054d38c2e607c983603f9d54', // Piunora, ed25519
  'd2c941104911fba7c00d10f5ae125c39e29a0b712dee8d35dbbb45bb5f70a8eb',
  '9d5c3b78f8848d79c31791f272358ab5', // Piunora, rsa
  '2dc9787428cecf81f7efb6ac4205cd04afa48ca803fd134c55993468c8798981',
  '9af658ce7c65fbafdc4a5b074b2929ca', // Cisco RV120W
  '5ad45207c5c6e51d0b144d4abd1295eec6b6a530900696d59bc5bb40b6c26f90',
  '7ca8252113a2eb00a6c176ca6b486ebf', // Seagate GoFlex
  'c2e0b0f5ea3b04f3638efedef2a997af28e967d306b292309aef0aa121ff4e2b',
  '4953bf942ad70c3f4829f75b5dde89b8', // Tandberg VCS
  '089fd4fc5f717f89e00e08d92f6f8e3c1a12199ee0114d7ca028d558f2f4aaa1',
  '78b5da91b196df69ae698442676a936f', // Zyxel P-870H
  '7ca922fa8f4cc8893c5d44e19917e87a326e75c79fee61af928a0c0812f2a823',
  'deb3fae7e7656fafb1c2c37470ff54a6', // Advantech EKI
]);

/** What boards answer when nobody wrote a serial number into them, and the UUID that one maker puts into all of them. */
const PLACEHOLDERS = new Set([
  'to be filled by o.e.m.',
  'default string',
  'system serial number',
  'not specified',
  'none',
  'n/a',
  'unknown',
  '123456789',
  '03000200-0400-0500-0006-000700080009',
]);

/** Why a value is worth nothing as a mark of this type; undefined when nothing is known against it. */
export function worthless(type: MarkType, value: string, detail?: string): string | undefined {
  const text = value.trim().toLowerCase();
  switch (type) {
    case 'ssh_key':
    case 'tls_key':
      return SHIPPED_KEYS.has(hexDigest(value)) ? 'a key that firmware ships' : undefined;
    case 'serial':
    case 'smbios':
    case 'cloud_id':
      return PLACEHOLDERS.has(text) || /^[0f\-.: ]*$/.test(text) ? 'a placeholder of the maker' : undefined;
    case 'snmp_engine':
      return engineWithoutHost(text, detail) ? 'an engine id made of an address, or of zeros' : undefined;
    default:
      return undefined;
  }
}

/** A fingerprint as `ssh-keygen -l` prints it (`SHA256:` and base64, or `MD5:` and colons), or as plain digits. */
function hexDigest(fingerprint: string): string {
  const bare = fingerprint.trim().replace(/^(sha256|md5):/i, '');
  if (/^[A-Za-z0-9+/]{43}=?$/.test(bare)) return Buffer.from(bare, 'base64').toString('hex');
  return bare.toLowerCase().replaceAll(':', '');
}

/** SnmpEngineID (RFC 3411, section 5): four bytes of the maker, one of the format, then the data; formats 1 and 2 are addresses. */
function engineWithoutHost(text: string, detail = ''): boolean {
  if (/^ip(v[46])?$|^ip ?address/i.test(detail) || /^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return true;
  const hex = text.replace(/^0x/, '').replace(/[:\s-]/g, '');
  if (/^[0f]*$/.test(hex)) return true;
  if (!/^[89a-f][0-9a-f]{9,}$/.test(hex)) return false;
  return /^0[12]/.test(hex.slice(8, 10)) || /^0*$/.test(hex.slice(10));
}
