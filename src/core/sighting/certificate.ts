/** A certificate as a fact, and as a mark where it stands for one machine rather than for a name. */
import { createHash, X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { cleanField } from '../clean.ts';
import type { Fact, Mark } from '../look.ts';
import type { Place, Said } from './said.ts';

/** What a source tells of a certificate: the whole of it, or some of its fields. */
export interface CertificateWords {
  pem?: string | undefined;
  /** Fingerprint, hexadecimal. */
  sha1?: string | undefined;
  subject?: Readonly<Record<string, string>>;
  issuer?: Readonly<Record<string, string>>;
}

const MAX_NAMES = 100;

/** Nothing where it has neither a certificate that can be read nor a fingerprint. */
export function certificateOf(
  { pem, sha1, subject = {}, issuer = {} }: CertificateWords,
  place: Place,
): Partial<Said> {
  const certificate = pem === undefined ? undefined : parse(pem);
  if (certificate) return read(certificate, place);
  if (sha1 === undefined || !/^[0-9a-f]{40}$/i.test(sha1)) return {};
  const [of, by] = [subject, issuer].map((names) =>
    Object.entries(names)
      .map(([name, value]) => `${SHORT[name] ?? name}=${value}`)
      .join(', '),
  );
  return {
    marks: certificateNames(subject['commonName'] === undefined ? [] : [subject['commonName']]),
    facts: [
      {
        type: 'cert',
        ...place,
        fingerprint: `sha1:${sha1.toLowerCase()}`,
        ...(of ? { subject: of } : {}),
        ...(by ? { issuer: by } : {}),
      },
    ],
  };
}

const SHORT: Readonly<Record<string, string>> = {
  commonName: 'CN',
  organizationName: 'O',
  organizationalUnitName: 'OU',
  countryName: 'C',
  stateOrProvinceName: 'ST',
  localityName: 'L',
};

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function read(certificate: X509Certificate, place: Place): Said {
  const names = namesOf(certificate);
  const key = keyOf(certificate);
  const selfSigned = isSelfSigned(certificate);
  const fact: Fact = {
    type: 'cert',
    ...place,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    subject: lineOf(certificate.subject),
    issuer: lineOf(certificate.issuer),
    ...(names.length > 0 ? { names } : {}),
    ...time('notBefore', certificate.validFrom),
    ...time('notAfter', certificate.validTo),
    ...(key === undefined ? {} : { key }),
    selfSigned,
  };
  // One that a public authority signed is carried from machine to machine, and by several at once (load balancers).
  const isOfMachine = selfSigned || !isPublic(certificate.issuer);
  const marks: Mark[] =
    key !== undefined && isOfMachine ? [{ type: 'tls_key', value: key, detail: 'sha256' }] : [];
  return { marks: [...marks, ...certificateNames(names)], facts: [fact] };
}

/** SHA-256 of the public key with its algorithm (SubjectPublicKeyInfo, RFC 5280 4.1). */
function keyOf(certificate: X509Certificate): string | undefined {
  try {
    const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(spki).digest('hex');
  } catch {
    return undefined; // an algorithm that OpenSSL does not know
  }
}

function isSelfSigned(certificate: X509Certificate): boolean {
  if (certificate.subject !== certificate.issuer) return false;
  try {
    return certificate.verify(certificate.publicKey);
  } catch {
    return false;
  }
}

function namesOf({ subject, subjectAltName = '' }: X509Certificate): string[] {
  const common = /^CN=(.+)$/m.exec(subject)?.[1];
  const others = [...subjectAltName.matchAll(/DNS:([^",\s]{1,253})/g)].map(([, name = '']) => name);
  const all = [...(common === undefined ? [] : [common]), ...others];
  return [...new Set(all.map((name) => cleanField(name, 253).toLowerCase()))].slice(0, MAX_NAMES);
}

const certificateNames = (names: readonly string[]): Mark[] =>
  names
    .filter((name) => /^[\w*.-]{1,253}$/.test(name))
    .map((name) => ({ type: 'cert_name', value: name.toLowerCase() }));

const lineOf = (name: string | undefined) => cleanField((name ?? '').split('\n').join(', '));

function time<Name extends 'notBefore' | 'notAfter'>(name: Name, text: string): { [key in Name]?: number } {
  const at = Date.parse(text);
  const made: { [key in Name]?: number } = {};
  if (!Number.isNaN(at)) made[name] = at;
  return made;
}

let authorities: ReadonlySet<string> | undefined;

/** Whether the organisation that issued it has a root in the list of Mozilla, as Node has it. */
function isPublic(issuer: string): boolean {
  authorities ??= new Set(rootCertificates.flatMap((pem) => organisationOf(parse(pem)?.subject ?? '') ?? []));
  const organisation = organisationOf(issuer);
  return organisation !== undefined && authorities.has(organisation);
}

const organisationOf = (name: string) => /^O=(.+)$/m.exec(name)?.[1]?.toLowerCase();
