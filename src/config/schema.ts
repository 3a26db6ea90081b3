/**
 * Every setting of Portolan: its type, its default and its words. From this one object come the types, the messages,
 * the reference docs/config.md, the template of `portolan init` and the redaction of secrets.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { TOOLSETS, type Toolset } from '../core/toolsets.ts';
import { dataDirectory } from './directories.ts';
import { type ScannerEntries, scannerEntries } from './scanner-entry.ts';
import {
  audit,
  circuitBreaker,
  health,
  logFile,
  metrics,
  processLimits,
  shutdown,
} from './schema-service.ts';
import * as of from './setting-types.ts';
import { type ScopeNames, SECRET_FIELDS, scopeNames, type TokenEntry, tokenEntry } from './token-entry.ts';

const server = {
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
    'Further tokens, each with a name, a hash and scopes. `portolan token create NAME --entry` makes one.',
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
  ...shutdown,
};

const auth = {
  allowUrlToken: of.flag(
    'Take the token from `?token=` too, for clients that cannot set headers. Addresses end up in histories and in the logs of proxies.',
    false,
  ),
  failuresPerMinute: of.count(
    'How often one wrong token may come in a minute before it is refused unread. From an address with so many wrong ones, tokens that were never right wait a second each; those that were right always pass.',
    [1, 10_000],
    20,
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

const rateLimit = {
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

const security = {
  allowedNetworks: of.list(
    'Networks that may be scanned beside private, loopback and link-local ones. List only what is yours.',
    of.network,
  ),
  allowedNames: of.list(
    'Names that may be looked up beside localhost and *.lab.internal; their addresses must be in scope too.',
    of.namePattern,
  ),
  deniedNetworks: of.list('Networks that are never scanned, whatever else is allowed.', of.network),
  deniedNames: of.list('Names that are never scanned.', of.namePattern),
  maxAddresses: of.count('Most addresses in one scan.', [1, 1_048_576], 1024),
  maxPortRanges: of.count('Most ports and port ranges in one scan.', [1, 10_000], 100),
  maxRate: of.count(
    'Most packets a second that a scan may ask for (`--min-rate`, `--max-rate`) or an adaptive scan may send.',
    [1, 1_000_000],
    20_000,
  ),
  allowIntrusive: of.flag(
    'Allow scripts that nmap files under intrusive, vuln, brute, fuzzer or malware.',
    false,
  ),
  allowedScripts: of.list(
    'Intrusive scripts that anybody may run by their names while the others are off, such as http-enum and modbus-discover.',
    of.scriptName,
  ),
  allowEvasion: of.flag(
    'Allow decoys, fragments, forged ports and MAC addresses (`-D -f --mtu -g --data-length --ttl --spoof-mac`).',
    false,
  ),
  askIntrusive: of.flag(
    'While intrusive scans are not allowed: let one pass when the person behind the client agrees to it.',
    true,
  ),
};

const scans = {
  syncWaitSeconds: of.count(
    'How long a call waits for its scan before it answers with a task to follow.',
    [1, 600],
    30,
  ),
  maxConcurrentTasks: of.count('Scans that run at the same time.', [1, 100], 10),
  queueLimit: of.count(
    'Scans that may wait for a free place; beyond it a call gets `busy`.',
    [0, 100_000],
    100,
  ),
  maxConcurrentPerCaller: of.optional(
    'Of the scans that run, as many of one caller; whoever has fewest goes first. The person at this machine has no share.',
    () => z.int().min(1).max(100),
    { defaultText: 'half of `maxConcurrentTasks`' },
  ),
  queueLimitPerCaller: of.optional(
    'Of the scans that wait, as many of one caller.',
    () => z.int().min(0).max(100_000),
    { defaultText: 'half of `queueLimit`' },
  ),
  maxRunMinutes: of.amount(
    'A scan that has run for so long is ended, with what it has found and the code `scan_timeout`; 0 sets no limit.',
    [0, 1_000_000],
    480,
  ),
  keepDays: of.amount('Days that finished scans are kept.', [0, 36_500], 90),
  database: of.setting(
    'The SQLite database. Running scans keep their files beside it. A relative path is one in the data directory.',
    () => of.pathIn(dataDirectory),
    () => join(dataDirectory(), 'portolan.db'),
    { defaultText: 'portolan.db in the data directory (~/.local/share/portolan)' },
  ),
  nmapPath: of.optional('The nmap to run.', of.program, { defaultText: 'the nmap found in PATH' }),
  ...processLimits,
};

const tools = {
  plugins: of.optional(
    'Folder with tools of your own, one file each. Whoever can write there runs code as this service. See [your-own-tool.md](your-own-tool.md).',
    of.path,
    { defaultText: 'none' },
  ),
  include: of.list('Only these tools are offered, and over MCP too, whatever their toolset.', of.text),
  exclude: of.list('Tools that are not offered.', of.text),
  toolsets: of.setting<Toolset[]>(
    'Groups of tools that MCP clients are shown. REST and the command line have all of them.',
    () => z.array(z.enum(TOOLSETS)),
    () => TOOLSETS.filter((set) => set !== 'command'),
  ),
  resourceLinks: of.choice(
    'Whether an answer over MCP links to its report. `auto`: one link, none for clients that are known to fail on it (LangChain) or that hide behind a bridge. The text names the address anyway.',
    ['auto', 'one', 'none'],
    'auto',
  ),
  timeoutSeconds: of.count(
    'Longest time a command tool takes when the call does not say `timeout_sec`; a tool may have less.',
    [1, 3600],
    300,
  ),
  concurrency: of.count('Commands of one tool at the same time, where the tool does not say.', [1, 100], 2),
  maxArgsLength: of.count('Longest `extra_args`, in characters.', [1, 65_536], 2048),
  maxStdoutBytes: of.count(
    'Bytes of standard output that a command tool keeps; the rest is cut, and said.',
    [1024, 67_108_864],
    1_048_576,
  ),
  maxStderrBytes: of.count('Bytes of standard error that it keeps.', [1024, 67_108_864], 262_144),
};

const remote = {
  scanners: of.setting<ScannerEntries>(
    'Machines that scan for us over SSH, by name (also as `scanners` at the top of a file): host, port, user, key, passphrase, agent, password, jump, sshConfig, scope, sudo, nmapPath. See [remote.md](remote.md).',
    scannerEntries,
    () => ({}),
  ),
  allowedHosts: of.setting(
    'Where a connection may go that is described in a call (`scan_network` with `host`): networks and names. Scanners of the configuration need no entry.',
    () => z.array(z.union([of.network(), of.namePattern()], 'a network or a host name')),
    () => ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '::1/128', 'fc00::/7'],
  ),
  allowInlineCredentials: of.flag(
    'Take `ssh_user` with `ssh_key` or `ssh_pwd` in calls over HTTP too, not on stdio alone.',
    false,
  ),
  keyDirectories: of.setting(
    'Folders in which `ssh_key` of a call may be.',
    () => z.array(of.path()),
    () => [join(homedir(), '.ssh')],
    { defaultText: '~/.ssh' },
  ),
  knownHosts: of.setting(
    'Files of known host keys that are read besides the own one of `portolan trust`.',
    () => z.array(of.path()),
    () => [join(homedir(), '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts'],
    { defaultText: '~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts' },
  ),
  trustFile: of.setting(
    'The file of known host keys that `portolan trust` writes.',
    of.path,
    () => join(dataDirectory(), 'known_hosts'),
    { defaultText: 'known_hosts in the data directory' },
  ),
  sshConfig: of.setting(
    'The ssh configuration that scanners with `sshConfig` read.',
    of.path,
    () => join(homedir(), '.ssh', 'config'),
    { defaultText: '~/.ssh/config' },
  ),
  connectSeconds: of.count('Longest wait for each step of a connection.', [1, 120], 15),
  lostAfterSeconds: of.count(
    'Silence after which a link counts as broken, on both ends: the scan ends here, and nmap there.',
    [3, 300],
    15,
  ),
  maxScansPerScanner: of.count('Scans that run at the same time on one scanner.', [1, 100], 4),
};

const captures = {
  allowedDir: of.optional('The folder whose captures the tools may read.', of.path, {
    defaultText: 'none: the capture tools refuse every file',
  }),
  maxFileMb: of.amount(
    'Largest capture a tool reads, in MiB; the decompressed size counts too.',
    [0.001, 102_400],
    50,
  ),
  requireToken: of.flag('Capture tools need the argument `auth_token`, equal to `captures.token`.', false),
  token: of.secret('The token of `captures.requireToken`.'),
  allowPrivate: of.flag('Tell what is known locally of private addresses too.', false),
};

const MANY = [1, 1_000_000] as const;

const detection = {
  failedEndpoints: of.count(
    'SYN and connect scans: distinct endpoints that failed (refused, unreachable, silent, half open).',
    MANY,
    10,
  ),
  failedPerSuccess: of.amount('… and at least this many times those that worked.', [0, 1000], 2),
  stealthEndpoints: of.count('FIN, NULL, Xmas and odd flag sets: distinct endpoints.', MANY, 8),
  strayEndpoints: of.count('ACK and Maimon: distinct endpoints met without a handshake.', MANY, 10),
  udpEndpoints: of.count('UDP: distinct endpoints without an answer of the service.', MANY, 10),
  icmpHosts: of.count('ICMP echo, timestamp and netmask: distinct hosts.', MANY, 10),
  arpHosts: of.count(
    'ARP: distinct addresses asked for, one after another or within `arpWindowSeconds`.',
    MANY,
    30,
  ),
  ndpHosts: of.count('IPv6 neighbour discovery: the same.', MANY, 20),
  arpWindowSeconds: of.count(
    'Window of the two above, in seconds, for addresses in no order; never more than 10.',
    MANY,
    60,
  ),
  sctpEndpoints: of.count('SCTP: distinct endpoints.', MANY, 10),
  ipProtocols: of.count('IP protocol scans: distinct protocols on one host.', MANY, 10),
  distributedSources: of.count(
    'Distributed scans: sources that share the ports of one host, or one port of many hosts.',
    MANY,
    5,
  ),
  distributedPorts: of.count('Distributed scans: ports, or hosts, they probed together.', MANY, 40),
  slowBelowPps: of.amount(
    'A suspect whose fastest window stays below this is called slow.',
    [0, 1_000_000],
    5,
  ),
  windowSeconds: of.setting(
    'Lengths of the windows in which rates are looked for, in seconds.',
    () => z.array(z.number().min(0.1).max(86_400)).min(1).max(8),
    () => [1, 10, 60, 300],
  ),
  knownScanners: of.list(
    'Addresses and networks whose scans are expected: counted apart, never suspects.',
    of.network,
  ),
  maxRecords: of.count(
    'Most (source, target, protocol, port) records held in memory; beyond it the least telling go.',
    [1024, 393_216],
    393_216,
  ),
};

const intel = {
  asnDb: of.optional('MMDB file with autonomous systems.', of.path, {
    defaultText: 'the one that is installed with Portolan',
  }),
  countryDb: of.optional('MMDB file with countries.', of.path, {
    defaultText: 'the one that is installed with Portolan',
  }),
  greynoiseKey: of.secret('API key of GreyNoise; without it the source is `not_configured`.'),
  otxKey: of.secret('API key of AlienVault OTX; without it the source is `not_configured`.'),
  reverseNames: of.flag('Ask the name server for the names of addresses.', false),
};

const logging = {
  level: of.choice(
    'How much is logged. Never to standard output: that belongs to MCP.',
    ['silent', 'error', 'warn', 'info', 'debug'],
    'info',
  ),
  file: of.optional('File the log is appended to.', of.path, { defaultText: 'standard error' }),
  ...logFile,
  format: of.choice('One line of text, or one JSON object, per event.', ['text', 'json'], 'text'),
  ...audit,
};

export const SCHEMA = {
  server,
  auth,
  rateLimit,
  security,
  scans,
  tools,
  remote,
  captures,
  detection,
  intel,
  circuitBreaker,
  health,
  metrics,
  logging,
};

/** What each group is about. */
export const GROUPS: Readonly<Record<keyof typeof SCHEMA, string>> = {
  server: 'The HTTP server (`portolan serve`). Nothing here matters to stdio.',
  auth: 'Who may call the HTTP server, beside the tokens of `server.token`, `server.tokens` and `portolan token create`.',
  rateLimit: 'How often the tools may be called, on every transport.',
  security: 'What may be scanned, and how.',
  scans: 'How scans are run and kept.',
  tools: 'Which tools are offered, tools of your own, and the limits of command tools.',
  remote: 'Scanning from other machines over SSH.',
  captures: 'Packet captures: which files may be read.',
  detection: 'When evidence in a capture counts as a scan.',
  intel: 'What is known of public addresses. Only the two keys and reverseNames make Portolan ask anyone.',
  circuitBreaker: 'When a tool or a scanner that keeps failing is left alone for a while.',
  health: 'When this server counts as unhealthy.',
  metrics: 'Numbers for Prometheus, traces for OpenTelemetry.',
  logging: 'The log and the audit.',
};

type Value<S> = S extends of.Required<infer T> ? T : S extends of.Optional<infer T> ? T | undefined : never;
type OptionalKeys<G> = { [K in keyof G]: G[K] extends of.Optional<infer _> ? K : never }[keyof G];
type Group<G> = { [K in Exclude<keyof G, OptionalKeys<G>>]: Value<G[K]> } & {
  [K in OptionalKeys<G>]?: Value<G[K]>;
};

/** The whole configuration, checked, with every default filled in. */
export type Config = { [G in keyof typeof SCHEMA]: Group<(typeof SCHEMA)[G]> };
