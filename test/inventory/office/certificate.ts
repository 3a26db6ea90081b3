/** Certificates as servers show them, the same for the same numbers: X.509 (RFC 5280) in DER, signed with Ed25519 (RFC 8410). */
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';

const DAY = 86_400_000;

/** @param name of the server; times in ms since the epoch */
export function certificatePem(
  name: string,
  issuer: string,
  serial: number,
  from: number,
  days: number,
): string {
  const key = keyOf(`${serial}`);
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const algorithm = der(0x30, der(0x06, Buffer.from([0x2b, 0x65, 0x70])));
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1, ...[24, 16, 8, 0].map((bits) => (serial >> bits) & 255)])),
    algorithm,
    nameOf(issuer),
    der(0x30, time(from), time(from + days * DAY)),
    nameOf(`CN=${name}`),
    spki,
  );
  const bits = (bytes: Buffer) => der(0x03, Buffer.from([0]), bytes);
  const whole = der(0x30, body, algorithm, bits(sign(null, body, keyOf(issuer))));
  return `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

function keyOf(seed: string) {
  const secret = createHash('sha256').update(seed).digest();
  const head = Buffer.from('302e020100300506032b657004220420', 'hex');
  return createPrivateKey({ key: Buffer.concat([head, secret]), format: 'der', type: 'pkcs8' });
}

function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const TYPES: Readonly<Record<string, number>> = { CN: 3, C: 6, O: 10 };

/** `O=Example, CN=R1`, as in RFC 4514. */
const nameOf = (text: string): Buffer =>
  der(
    0x30,
    ...text.split(', ').map((part) => {
      const [type = '', value = ''] = part.split('=');
      const oid = der(0x06, Buffer.from([0x55, 0x04, TYPES[type] ?? 3]));
      return der(0x31, der(0x30, oid, der(0x0c, Buffer.from(value))));
    }),
  );

const time = (at: number): Buffer =>
  der(
    0x17,
    Buffer.from(
      `${new Date(at)
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(2)}`,
    ),
  );
