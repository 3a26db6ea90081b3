/** Settings: the HTTP server, who may call it, and how often. */
import { z } from 'zod';
import * as of from '../setting-types.ts';
import { type ScopeNames, SECRET_FIELDS, scopeNames, type TokenEntry, tokenEntry } from '../token-entry.ts';

export const server = {
  transport: of.choice(
    'What `portolan` without a command speaks: MCP over standard input and output, or what `portolan serve` does.',
    ['stdio', 'http'],
    'stdio',
  ),
  host: of.setting(
    'Address `portolan serve` listens on. Any but a loopback address needs a token.',
    of.text,
    () => '127.0.0.1',
  ),
  port: of.count('Port `portolan serve` listens on; 0 takes a free one.', [0, 65_535], 8765),
  path: of.setting(
    'Path of the MCP endpoint.',
    () => z.string().regex(/^\/[A-Za-z0-9._~/-]*$/, 'a path that begins with /'),
    () => '/mcp',
  ),
  token: of.secret('The bearer token that may do everything; the simple way for one user.'),
  tokens: of.list<TokenEntry>(
    'Further tokens, each with a name, a hash, scopes and perhaps sites of the inventory. `portolan token create NAME --entry` makes one.',
    tokenEntry,
    { secretFields: SECRET_FIELDS },
  ),
  allowedHosts: of.list(
    'Names by which clients may reach the server, beside the loopback ones (Host header).',
    of.text,
  ),
  allowedOrigins: of.list(
    'Web origins that may call the server from a browser, such as `https://tools.example.org`.',
    of.text,
  ),
  publicUrl: of.optional(
    'Where clients reach the server from outside, such as `https://portolan.example.org`, when a proxy stands before it.',
    of.webAddress,
  ),
  trustedProxies: of.list(
    'Proxies whose `X-Forwarded-For` is believed when failed attempts are counted by address.',
    of.network,
  ),
  tls: of.optional(
    'Serve over TLS: files of the certificate (with those that lead to its authority) and of its private key, as PEM. They are read again when they change.',
    () => z.strictObject({ cert: of.path(), key: of.path() }),
    { defaultText: 'none: clear text' },
  ),
  maxConnections: of.count(
    'Connections that may be open at the same time. A few more are kept for `/health/live` and `/health/ready`.',
    [1, 100_000],
    100,
  ),
  maxConnectionsPerAddress: of.optional(
    'Of these, as many from one address that is no trusted proxy. Whoever is silent longest gives up a place that is needed.',
    () => z.int().min(1).max(100_000),
    { defaultText: 'two thirds of them' },
  ),
  shutdownGraceSeconds: of.amount(
    'How long calls that wait may go on when the server is asked to stop; a second signal ends it at once.',
    [0, 3600],
    30,
  ),
};

export const auth = {
  allowUrlToken: of.flag(
    'Take the token from `?token=` too, for clients that cannot set headers. Addresses end up in histories and in the logs of proxies.',
    false,
  ),
  failuresPerMinute: of.count(
    'How often one wrong token may come in a minute before it is refused unread. From an address with so many wrong ones, tokens that were never right wait a second each; those that were right always pass.',
    [1, 10_000],
    20,
  ),
  sessionIdleMinutes: of.count(
    'After how many minutes without use a browser is logged out. Whatever it does, it is after 7 days.',
    [1, 10_080],
    480,
  ),
  issuer: of.optional(
    'Identity provider whose signed tokens (JWT) are taken: the `iss` they carry. Needs `audience` and `jwksUrl`.',
    of.webAddress,
  ),
  audience: of.optional(
    'The `aud` that its tokens must carry: what the provider calls this server.',
    of.text,
  ),
  jwksUrl: of.optional('Where the public keys of the provider are (JWKS).', of.webAddress),
  nameClaim: of.setting(
    'The claim that names the caller, in messages and the audit. Its tasks belong to the subject (`sub`) of the issuer.',
    of.text,
    () => 'sub',
  ),
  scopesClaim: of.setting(
    'The claim that holds scopes: a list, or words with spaces between.',
    of.text,
    () => 'scope',
  ),
  scopes: of.setting<ScopeNames>(
    'Which scopes of ours a scope of the provider gives, such as `{"soc": ["scan:read", "scan:run"]}`. Without it they have our names.',
    scopeNames,
    () => ({}),
  ),
};

export const rateLimit = {
  scansPerMinute: of.count(
    'Calls a minute that a caller may make of one tool that scans; 0 sets no limit.',
    [0, 1_000_000],
    10,
  ),
  readsPerMinute: of.count('The same, of any other tool.', [0, 1_000_000], 600),
  concurrentCalls: of.count(
    'Calls of one tool that may be under way at the same time; one caller has half of them.',
    [1, 100_000],
    50,
  ),
};
