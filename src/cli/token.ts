/** `portolan token create|list|revoke`: tokens of the HTTP server, kept in the database as hashes. */
import { tokenEntry } from '../config/token-entry.ts';
import { hashToken, knownTokens, newToken } from '../config/tokens.ts';
import { SCOPES } from '../core/caller.ts';
import { PortolanError } from '../core/errors.ts';
import type { Store } from '../store/open.ts';
import type { StoredToken } from '../store/tokens.ts';
import { recordFor } from './audit-record.ts';
import { EXIT } from './exit-codes.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { print, table } from './terminal.ts';

/** Callers that are no token's, whom one of this name would be taken for. */
const RESERVED = ['local', 'operator'];
const DEFAULT_EXPIRY = '365d';
const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * @param options.scopes comma separated; reading and running ordinary scans when absent.
 * @param options.sites comma separated; not bound to any when absent.
 * @param options.expires `90d`, `12h`, `30m` or `never`; a year when absent.
 * @param options.entry print an entry for the configuration file instead of storing the token.
 */
export async function createToken(
  name: string,
  options: CommonOptions & { scopes?: string; sites?: string; expires?: string; entry?: boolean },
): Promise<number> {
  const token = newToken();
  const scopes = listOf(options.scopes ?? 'scan:read,scan:run');
  const sites = options.sites === undefined ? undefined : listOf(options.sites);
  const entry = tokenEntry().safeParse({ name, hash: hashToken(token), scopes, sites });
  if (!entry.success) {
    throw new PortolanError(
      'invalid_argument',
      `No token is made for ${JSON.stringify(name)} with the scopes ${scopes.join(', ')}${sites ? ` and the sites ${sites.join(', ')}` : ''}.`,
      `A name has up to 64 letters, digits, dots, dashes or underscores; the scopes are ${SCOPES.join(', ')}; a site is named as in inventory.site.`,
    );
  }
  const lines = ['The token, shown this once:', '', `  ${token}`, ''];
  if (options.entry) {
    const list = entry.data.scopes.map((scope) => JSON.stringify(scope)).join(', ');
    lines.push(
      'Add below `server:` in the configuration file, and restart the server:',
      '',
      '  tokens:',
      `    - name: ${name}`,
      `      hash: ${entry.data.hash}`,
      `      scopes: [${list}]`,
      ...(sites ? [`      sites: [${sites.map((site) => JSON.stringify(site)).join(', ')}]`] : []),
    );
  } else {
    const now = Date.now();
    const expiresAt = expiryOf(options.expires ?? DEFAULT_EXPIRY, now);
    await store(options, { ...entry.data, createdAt: now, ...(expiresAt ? { expiresAt } : {}) });
    await recordFor(options, 'token_created', {
      name,
      scopes: entry.data.scopes,
      ...(sites ? { sites } : {}),
      expires: expiresAt === undefined ? 'never' : new Date(expiresAt).toISOString(),
    });
    lines.push(
      `${name} may ${entry.data.scopes.join(', ')}${sites ? ` in ${sites.join(', ')}` : ''} ${expiresAt ? `until ${day(expiresAt)}` : 'until it is revoked'}.`,
      'A running server takes it at once; one that was started without any token asks for one from its next start on.',
    );
  }
  print(lines.join('\n'));
  return EXIT.ok;
}

export async function listTokens(options: CommonOptions & { json?: boolean }): Promise<number> {
  const now = Date.now();
  const tokens = await withTokens(options, (kept) => kept.list());
  const shown = tokens.map((token) => ({
    name: token.name,
    state: stateOf(token, now),
    scopes: token.scopes,
    ...(token.sites === undefined ? {} : { sites: token.sites }),
    created: day(token.createdAt),
    expires: token.expiresAt === undefined ? 'never' : day(token.expiresAt),
  }));
  if (options.json) print(JSON.stringify(shown, null, 2));
  else if (shown.length === 0) print('No tokens. Make one with portolan token create NAME.');
  else {
    const rows = shown.map((one) => [
      one.name,
      one.state,
      one.scopes.join(' '),
      one.sites?.join(' ') ?? 'all',
      one.created,
      one.expires,
    ]);
    print(await table(['name', 'state', 'scopes', 'sites', 'created', 'expires'], rows));
  }
  return EXIT.ok;
}

export async function revokeToken(name: string, options: CommonOptions): Promise<number> {
  const revoked = await withTokens(options, (kept) => kept.revoke(name, Date.now()));
  if (revoked === 0) {
    throw new PortolanError(
      'invalid_argument',
      `There is no token named ${JSON.stringify(name.slice(0, 80))} to revoke.`,
      'portolan token list shows them. Tokens of the configuration file are taken out there.',
    );
  }
  await recordFor(options, 'token_revoked', { name });
  print(`${name} is revoked; a running server refuses it within a second.`);
  return EXIT.ok;
}

const listOf = (text: string) => text.split(',').map((one) => one.trim());

/** @throws PortolanError when somebody else has this name. */
async function store(options: CommonOptions, token: StoredToken): Promise<void> {
  const { config } = await loadFor(options);
  const taken = [...RESERVED, ...knownTokens(config).map(({ name }) => name)].includes(token.name);
  if (!taken && (await withTokens(options, (kept) => kept.create(token, token.createdAt)))) return;
  throw new PortolanError(
    'invalid_argument',
    `The name ${token.name} is taken; a name tells who called, in the audit too.`,
    taken ? 'Choose another one.' : `Choose another one, or first: portolan token revoke ${token.name}`,
  );
}

async function withTokens<Result>(
  options: CommonOptions,
  work: (tokens: Store['tokens']) => Promise<Result>,
): Promise<Result> {
  const { config } = await loadFor(options);
  const { openStore } = await import('../store/open.ts');
  const store: Store = await openStore(config.scans.database);
  try {
    return await work(store.tokens);
  } finally {
    await store.close();
  }
}

function expiryOf(text: string, now: number): number | undefined {
  if (text === 'never') return undefined;
  const [, count, unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  const length = UNIT_MS[unit];
  if (count !== undefined && length !== undefined) return now + Number(count) * length;
  throw new PortolanError(
    'invalid_argument',
    `--expires ${JSON.stringify(text.slice(0, 40))} is no length of time.`,
    'Write 90d, 12h, 30m or never.',
  );
}

function stateOf({ revokedAt, expiresAt }: StoredToken, now: number): 'valid' | 'revoked' | 'expired' {
  if (revokedAt !== undefined) return 'revoked';
  return expiresAt !== undefined && expiresAt <= now ? 'expired' : 'valid';
}

/** `2026-11-20 08:00` in UTC. */
function day(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace('T', ' ');
}
