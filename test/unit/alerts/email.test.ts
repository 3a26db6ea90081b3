/** E-mail to a real SMTP server on loopback: with STARTTLS, TLS, and a password. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Message } from '../../../src/alerts/message.ts';
import { send } from '../../../src/alerts/send.ts';
import { type Certificates, makeCertificates } from '../../alerts/certificates.ts';
import { surroundings } from '../../alerts/scene.ts';

let folder: string;
let pem: Certificates;
let server: SMTPServer | undefined;
const mails: string[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portolan-smtp-'));
  pem = makeCertificates(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  mails.length = 0;
  return new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
});

async function serve(options: SMTPServerOptions): Promise<number> {
  const listening = new SMTPServer({
    ...{ key: pem.key, cert: pem.cert, logger: false },
    onAuth: ({ username, password }, _, done) =>
      username === 'portolan' && password === 'right-horse'
        ? done(null, { user: username })
        : done(new Error('no such user')),
    onData(stream, _, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString('utf8'));
        done();
      });
    },
    ...options,
  });
  // A client that does not trust us breaks off.
  listening.on('error', () => {});
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', () => resolve()));
  return (listening.server.address() as AddressInfo).port;
}

const MESSAGE: Message = {
  id: 'd_1',
  rule: 'all',
  channel: 'mail',
  severity: 'medium',
  title: 'Port 80/tcp is open on <b>evil</b> (10.0.0.5)',
  lines: ['Seen 2026-11-29 07:30Z'],
  told: [],
  total: 1,
  at: 0,
  incident: 'i_1',
  over: false,
};

const mail = async (port: number, config: Readonly<Record<string, unknown>> = {}, message = MESSAGE) =>
  await send(
    {
      name: 'mail',
      kind: 'email',
      config: {
        ...{ host: 'localhost', port, from: 'portolan@example.net', to: ['a@example.net', 'b@example.net'] },
        ...{ user: 'portolan', password: 'env:PORTOLAN_ALERT_P', ca: pem.caFile },
        ...config,
      },
    },
    message,
    surroundings(folder, {
      'env:PORTOLAN_ALERT_P': 'right-horse',
      'env:PORTOLAN_ALERT_WRONG': 'wrong-horse',
    }),
  );

it('sends text and HTML over STARTTLS, as part of the thread of its incident', async () => {
  const port = await serve({});
  await mail(port, {}, { ...MESSAGE, root: { uid: 'd_0' } });
  const [text = ''] = mails;
  expect(text).toMatch(/^Message-ID: <d_1@example\.net>/m);
  expect(text).toMatch(/^References: <d_0@example\.net>/m);
  expect(text).toMatch(/^In-Reply-To: <d_0@example\.net>/m);
  expect(text).toMatch(/^List-Id: "?Portolan alerts"? <mail\.portolan\.example\.net>/im);
  expect(text).toMatch(/^To: a@example\.net, b@example\.net/m);
  expect(text).toMatch(/^Subject: \[portolan medium\] Port 80\/tcp is open on/m);
  expect(text).toContain('Content-Type: text/plain');
  expect(text).toContain('Content-Type: text/html');
  expect(text).toContain('&#60;b&#62;evil');
});

it('sends over TLS from the first byte', async () => {
  const port = await serve({ secure: true });
  await mail(port, { security: 'tls' });
  expect(mails).toHaveLength(1);
});

it('says what goes wrong, and never the password', async () => {
  const port = await serve({});
  await expect(mail(port, { password: 'env:PORTOLAN_ALERT_WRONG' })).rejects.toThrow(
    /^localhost:\d+ refuses the user or the password \(535\)\.$/,
  );
  await expect(mail(port, { ca: undefined })).rejects.toThrow(/signed by nobody this machine trusts.*"ca"/);
  await expect(mail(port, { security: 'tls' })).rejects.toThrow(/does not speak TLS there/);
  await expect(mail(1)).rejects.toThrow('Nothing listens at localhost:1');
  expect(mails).toEqual([]);
});

it('never sends in the clear where TLS is wanted', async () => {
  const port = await serve({ disabledCommands: ['STARTTLS'], authOptional: true, allowInsecureAuth: true });
  await expect(mail(port)).rejects.toThrow(/offers no STARTTLS/);
  expect(mails).toEqual([]);
});

it('does not try again what the server refuses for good', async () => {
  const port = await serve({
    onRcptTo: (_, __, done) => done(Object.assign(new Error('no such mailbox'), { responseCode: 550 })),
  });
  await expect(mail(port)).rejects.toMatchObject({
    final: true,
    message: expect.stringMatching(/refuses the mail: 550/),
  });
});
