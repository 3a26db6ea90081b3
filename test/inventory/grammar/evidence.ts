/** Pieces of looks that the grammars share: marks and facts from short words. */
import type { Fact, Mark } from '../../../src/core/look.ts';
import { CaseError, digitsOf } from './lines.ts';

/** `K1`, `rsa/K1`, `rsa:K1,ed25519:K2`, and DEF for a key that firmware ships: marks, and host keys at port 22. */
export function hostKeys(text: string, port = 22): { marks: Mark[]; facts: Fact[] } {
  const keys = text.split(',').map((one) => {
    const [, type = 'ed25519', word = ''] = /^(?:(rsa|dsa|ecdsa|ed25519)[:/])?(.+)$/.exec(one) ?? [];
    // The key of a Kali image for a small board.
    const fingerprint =
      word === 'DEF'
        ? 'e11109a26cbf65b19b2d571b67347f8ba090bb317e108e8332fbbf9470b18783'
        : digitsOf(`ssh ${word}`, 64);
    return { type, fingerprint };
  });
  return {
    marks: keys.map(({ type, fingerprint }) => ({ type: 'ssh_key', value: fingerprint, detail: type })),
    facts: keys.map(({ type, fingerprint }) => ({
      type: 'hostkey',
      port,
      protocol: 'tcp',
      keyType: type,
      fingerprint,
    })),
  };
}

const ISSUERS: Readonly<Record<string, string>> = {
  le: "CN=R11,O=Let's Encrypt",
  digicert: 'CN=DigiCert TLS,O=DigiCert Inc',
};

export interface CertWord {
  key: string;
  issuer: string;
  days: number;
}

/** `KEY:ISSUER:DAYS`, the days that it is valid yet. */
export function certWord(text: string): CertWord {
  const [, key, issuer, days] = /^([^:]+):([^:]+):(-?\d+)$/.exec(text) ?? [];
  if (key === undefined || issuer === undefined || days === undefined)
    throw new CaseError(`"cert:${text}" is not cert:KEY:ISSUER:DAYS`);
  return { key, issuer, days: Number(days) };
}

/** The certificate with its public key; `generation` tells renewals of one key apart. */
export function certificate(
  { key, issuer }: CertWord,
  notAfter: number,
  generation: number,
  port: number,
): { marks: Mark[]; facts: Fact[] } {
  const own = issuer === 'self';
  const spki = digitsOf(`tls ${key}`, 64);
  return {
    marks: [{ type: 'tls_key', value: spki }],
    facts: [
      {
        type: 'cert',
        port,
        protocol: 'tcp',
        fingerprint: digitsOf(`cert ${key} ${issuer} ${generation}`, 64),
        subject: 'CN=case',
        issuer: ISSUERS[issuer] ?? (own ? 'CN=case' : `CN=${issuer}`),
        notAfter,
        key: spki,
        selfSigned: own,
      },
    ],
  };
}
