/** What `GET /system` tells, from the commands that tell the same at a shell. */
import type { LoadedConfig } from '../config/load.ts';
import { redact } from '../config/secrets.ts';
import { knownTokens } from '../config/tokens.ts';
import type { Store } from '../store/open.ts';
import type { SystemReport } from '../transports/rest/sources.ts';
import { lookAtAudit, wordsOf } from './audit.ts';
import { examine } from './doctor.ts';
import type { CommonOptions } from './options.ts';

/** Looks anew each time it is asked. */
export async function systemReport(
  options: CommonOptions,
  loaded: LoadedConfig,
  tokens: () => Promise<Store['tokens']>,
): Promise<SystemReport> {
  const [doctor, audit, kept] = await Promise.all([
    examine(options),
    lookAtAudit(options),
    tokens().then((store) => store.list()),
  ]);
  return {
    doctor,
    ...(audit === undefined
      ? {}
      : {
          audit: {
            ok: audit.problem === undefined,
            records: audit.records,
            ...(audit.problem ? { problem: wordsOf(audit.problem) } : {}),
          },
        }),
    tokens: [
      ...knownTokens(loaded.config).map(({ name, scopes }) => ({ name, scopes: [...scopes] })),
      ...kept.map(({ name, scopes, createdAt, expiresAt, revokedAt }) => ({
        name,
        scopes,
        created_at: new Date(createdAt).toISOString(),
        ...(expiresAt === undefined ? {} : { expires_at: new Date(expiresAt).toISOString() }),
        ...(revokedAt === undefined ? {} : { revoked_at: new Date(revokedAt).toISOString() }),
      })),
    ],
    settings: settingsOf(loaded),
  };
}

function settingsOf({ config, origins }: LoadedConfig): SystemReport['settings'] {
  return Object.entries(redact(config)).flatMap(([group, settings]) =>
    Object.entries(settings).map(([name, value]) => {
      const source = origins.get(`${group}.${name}`);
      return { name: `${group}.${name}`, value, ...(source === undefined ? {} : { source }) };
    }),
  );
}
