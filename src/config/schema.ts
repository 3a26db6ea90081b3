/**
 * Every setting of Portolan: its type, its default and its words. From this one object come the types, the messages,
 * the reference docs/config.md, the template of `portolan init` and the redaction of secrets.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { SCOPES } from '../core/caller.ts';
import { dataDirectory } from './directories.ts';
import { facts, namePattern, network, path, secret } from './setting-types.ts';

/** A token of the HTTP server, kept as its hash: who has the file cannot use it. */
export const TokenEntry = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'up to 64 letters, digits, dots, dashes or underscores')
    .describe('Owner of the tasks started with this token, and the name in the logs.'),
  hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'the SHA-256 of the token in 64 lower-case hexadecimal digits')
    .register(facts, { secret: true })
    .describe('SHA-256 of the token, in hexadecimal.'),
  scopes: z.array(z.enum(SCOPES)).min(1).describe('What the token may do.'),
});
export type TokenEntry = z.output<typeof TokenEntry>;

const server = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe('Address `portolan serve` listens on. Any but a loopback address needs a token.'),
    port: z
      .int()
      .min(0)
      .max(65_535)
      .default(8765)
      .describe('Port `portolan serve` listens on; 0 takes a free one.'),
    path: z
      .string()
      .regex(/^\/[A-Za-z0-9._~/-]*$/, 'a path that begins with /')
      .default('/mcp')
      .describe('Path of the MCP endpoint.'),
    token: secret()
      .optional()
      .describe('The bearer token that may do everything; the simple way for one user.'),
    tokens: z
      .array(TokenEntry)
      .default([])
      .describe('Further tokens, each with a name, a hash and scopes. `portolan token NAME` makes an entry.'),
    allowedHosts: z
      .array(z.string().min(1))
      .default([])
      .describe('Host names by which clients may reach the server, beside the loopback ones (Host header).'),
    allowedOrigins: z
      .array(z.string().min(1))
      .default([])
      .describe('Web origins that may call the server from a browser, such as `https://tools.example.org`.'),
  })
  .prefault({})
  .describe('The HTTP server (`portolan serve`). Nothing here matters to stdio.');

const security = z
  .strictObject({
    allowedNetworks: z
      .array(network)
      .default([])
      .describe(
        'Networks that may be scanned beside private, loopback and link-local ones. List only what is yours.',
      ),
    allowedNames: z
      .array(namePattern)
      .default([])
      .describe(
        'Names that may be looked up beside localhost and *.lab.internal; their addresses must be in scope too.',
      ),
    deniedNetworks: z
      .array(network)
      .default([])
      .describe('Networks that are never scanned, whatever else is allowed.'),
    deniedNames: z.array(namePattern).default([]).describe('Names that are never scanned.'),
    maxAddresses: z.int().min(1).max(1_048_576).default(1024).describe('Most addresses in one scan.'),
    maxPortRanges: z
      .int()
      .min(1)
      .max(10_000)
      .default(100)
      .describe('Most ports and port ranges in one scan.'),
    maxRate: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(10_000)
      .describe('Most packets a second that a scan may ask for (`--min-rate`, `--max-rate`).'),
    allowIntrusive: z
      .boolean()
      .default(false)
      .describe('Allow `-A` and scripts that nmap files under intrusive, vuln, brute, exploit and the like.'),
    allowEvasion: z
      .boolean()
      .default(false)
      .describe(
        'Allow decoys, fragments, forged ports and MAC addresses (`-D -f --mtu -g --data-length --ttl --spoof-mac`).',
      ),
    askIntrusive: z
      .boolean()
      .default(true)
      .describe(
        'While intrusive scans are not allowed: let one pass when the person behind the client agrees to it.',
      ),
  })
  .prefault({})
  .describe('What may be scanned, and how.');

const scans = z
  .strictObject({
    syncWaitSeconds: z
      .int()
      .min(1)
      .max(600)
      .default(30)
      .describe('How long a call waits for its scan before it answers with a task to follow.'),
    maxConcurrentTasks: z.int().min(1).max(100).default(10).describe('Scans that run at the same time.'),
    queueLimit: z
      .int()
      .min(0)
      .max(100_000)
      .default(100)
      .describe('Scans that may wait for a free place; beyond it a call gets `busy`.'),
    keepDays: z.number().min(0).max(36_500).default(90).describe('Days that finished scans are kept.'),
    database: path()
      .default(() => join(dataDirectory(), 'portolan.db'))
      .register(facts, { defaultText: 'portolan.db in the data directory (~/.local/share/portolan)' })
      .describe('The SQLite database. Running scans keep their files beside it.'),
    nmapPath: path()
      .optional()
      .register(facts, { defaultText: 'the nmap found in PATH' })
      .describe('The nmap to run.'),
  })
  .prefault({})
  .describe('How scans are run and kept.');

const captures = z
  .strictObject({
    allowedDir: path()
      .optional()
      .register(facts, { defaultText: 'none: the capture tools refuse every file' })
      .describe('The folder whose captures the tools may read.'),
    maxFileMb: z
      .number()
      .positive()
      .max(102_400)
      .default(50)
      .describe('Largest capture a tool reads, in MB.'),
    requireToken: z
      .boolean()
      .default(false)
      .describe('Capture tools need the `auth_token` argument, equal to `captures.token`.'),
    token: secret().optional().describe('The token of `captures.requireToken`.'),
    allowPrivate: z
      .boolean()
      .default(false)
      .describe('Tell what is known locally of private addresses too (vendor, names, own scans).'),
  })
  .prefault({})
  .describe('Packet captures.');

const intel = z
  .strictObject({
    asnDb: path()
      .optional()
      .register(facts, { defaultText: 'none' })
      .describe('MMDB file with autonomous systems.'),
    countryDb: path()
      .optional()
      .register(facts, { defaultText: 'the one that comes with Portolan' })
      .describe('MMDB file with countries.'),
    greynoiseKey: secret()
      .optional()
      .describe('API key of GreyNoise; without it the source is `not_configured`.'),
    otxKey: secret()
      .optional()
      .describe('API key of AlienVault OTX; without it the source is `not_configured`.'),
  })
  .prefault({})
  .describe('What is known of public addresses. Only the two keys make Portolan ask anyone.');

const logging = z
  .strictObject({
    level: z
      .enum(['silent', 'error', 'warn', 'info', 'debug'])
      .default('info')
      .describe('How much is logged. Never to standard output: that belongs to MCP.'),
    file: path()
      .optional()
      .register(facts, { defaultText: 'standard error' })
      .describe('File the log is appended to.'),
    format: z
      .enum(['text', 'json'])
      .default('text')
      .describe('One line of text, or one JSON object, per event.'),
  })
  .prefault({})
  .describe('The log.');

export const ConfigSchema = z.strictObject({ server, security, scans, captures, intel, logging });

/** The whole configuration, checked, with every default filled in. */
export type Config = z.output<typeof ConfigSchema>;
