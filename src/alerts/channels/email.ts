/** E-mail over SMTP (RFC 5321) with nodemailer. What is said of one incident is one thread (RFC 5322, section 3.6.4). */
import { z } from 'zod';
import { caFile, defineChannel, FOR_PEOPLE, hostName, portNumber, secretReference } from '../channel.ts';
import type { Message } from '../message.ts';
import { textOf } from '../message.ts';
import { ChannelFailure, connectionFailure } from '../outgoing/failure.ts';

const TIMEOUT_MS = 15_000;
const PORTS = { none: 25, starttls: 587, tls: 465 } as const;

const address = () =>
  z
    .string()
    .max(320)
    .regex(/^[^\s@<>,;"]+@[^\s@<>,;"]+$/, 'an address such as ops@example.net');

export const email = defineChannel({
  kind: 'email',
  title: 'E-mail',
  about: 'SMTP with STARTTLS or TLS; text and simple HTML, one thread an incident.',
  config: z.strictObject({
    host: hostName(),
    port: portNumber().optional(),
    /** `starttls` demands it; `none` is for a relay on this machine. */
    security: z.enum(['starttls', 'tls', 'none']).default('starttls'),
    user: z.string().max(320).optional(),
    password: secretReference().optional(),
    from: address(),
    to: z
      .union([address(), z.array(address()).min(1).max(50)])
      .transform((to) => (Array.isArray(to) ? to : [to])),
    ca: caFile(),
  }),
  example: {
    host: 'mail.example.net',
    user: 'portolan',
    password: 'env:PORTOLAN_ALERT_SMTP_PASSWORD',
    from: 'portolan@example.net',
    to: 'ops@example.net',
  },
  bulk: FOR_PEOPLE,
  async send(message, config, { pin, secret, ca, name }) {
    const { createTransport } = await import('nodemailer');
    const { address: there, host } = await pin(config.host);
    const port = config.port ?? PORTS[config.security];
    const pem = ca(config.ca);
    const transport = createTransport({
      host: there,
      port,
      secure: config.security === 'tls',
      requireTLS: config.security === 'starttls',
      ignoreTLS: config.security === 'none',
      tls: { servername: host, ...(pem === undefined ? {} : { ca: pem }) },
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
      ...(config.user === undefined || config.password === undefined
        ? {}
        : { auth: { user: config.user, pass: secret(config.password) } }),
    });
    const domain = config.from.slice(config.from.indexOf('@') + 1);
    try {
      await transport.sendMail({
        from: { name: 'Portolan', address: config.from },
        to: config.to,
        subject: subjectOf(message),
        messageId: `<${message.id}@${domain}>`,
        ...threadOf(message, domain),
        list: { id: { url: `${name}.portolan.${domain}`, comment: 'Portolan alerts' } },
        headers: {
          'Auto-Submitted': 'auto-generated',
          ...(message.severity === 'high' ? { Importance: 'high' } : {}),
        },
        text: textOf(message),
        html: htmlOf(message),
      });
    } catch (error) {
      throw smtpFailure(error, `${host}:${port}`);
    } finally {
      transport.close();
    }
    return {};
  },
});

/** Of one incident all messages have one subject, so that programs that look at nothing else keep them together too. */
function subjectOf({ title, severity }: Message): string {
  return `[portolan ${severity}] ${title}`.slice(0, 250);
}

/** Answers name the first message of the incident, which every program of mail makes a thread of. */
function threadOf({ root }: Message, domain: string) {
  if (root === undefined) return {};
  const first = `<${root.uid}@${domain}>`;
  return { inReplyTo: first, references: first };
}

function htmlOf({ title, lines, severity, parts }: Message): string {
  const color = { info: '#4a5568', low: '#2b6cb0', medium: '#b7791f', high: '#c53030' }[severity];
  return [
    '<!doctype html><html><body style="font-family:sans-serif">',
    `<p style="border-left:4px solid ${color};padding-left:8px"><strong>${escapeHtml(title)}</strong></p>`,
    ...(parts === undefined
      ? lines.map((line) => `<p style="margin:4px 0">${escapeHtml(line)}</p>`)
      : parts.flatMap(({ heading, lines: said }) => [
          `<h3>${escapeHtml(heading)}</h3><ul>`,
          ...said.map((line) => `<li>${escapeHtml(line)}</li>`),
          '</ul>',
        ])),
    '</body></html>',
  ].join('\n');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** RFC 5321, section 4.2.1: 5yz is for good, 4yz for now. */
function smtpFailure(error: unknown, where: string): ChannelFailure {
  if (!(error instanceof Error)) return connectionFailure(error, where);
  const [code, status, command]: unknown[] = ['code', 'responseCode', 'command'].map((name) =>
    Reflect.get(error, name),
  );
  if (code === 'EAUTH')
    return new ChannelFailure(
      `${where} refuses the user or the password${typeof status === 'number' ? ` (${status})` : ''}.`,
      {
        cause: error,
      },
    );
  if (code === 'ETLS' || (code === 'ESOCKET' && /STARTTLS/i.test(String(command))))
    return new ChannelFailure(
      `${where} offers no STARTTLS: set security to tls (port 465), or to none for a relay on this machine.`,
      { cause: error },
    );
  if (typeof status === 'number') {
    const said = String(Reflect.get(error, 'response') ?? '').slice(0, 200);
    return new ChannelFailure(`${where} refuses the mail: ${said}`, {
      final: status >= 500 && status !== 530,
      cause: error,
    });
  }
  return connectionFailure(error, where);
}
