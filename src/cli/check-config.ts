/** `portolan check-config`: reads the configuration as every command does, and shows what it came to. */
import type { LoadedConfig } from '../config/load.ts';
import { redact } from '../config/secrets.ts';
import { EXIT } from './exit-codes.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { paint, print } from './terminal.ts';

export async function checkConfig(options: CommonOptions & { json?: boolean }): Promise<number> {
  const loaded = await loadFor(options);
  const shown = redact(loaded.config);
  print(
    options.json
      ? JSON.stringify(
          {
            file: loaded.file ?? null,
            origins: Object.fromEntries(loaded.origins),
            notices: loaded.notices,
            config: shown,
          },
          null,
          2,
        )
      : inWords(loaded, shown),
  );
  return EXIT.ok;
}

function inWords(
  { file, origins, notices }: LoadedConfig,
  shown: Record<string, Record<string, unknown>>,
): string {
  const lines = [file === undefined ? 'No configuration file: defaults and environment.' : `File: ${file}`];
  for (const [group, settings] of Object.entries(shown)) {
    lines.push('', paint('bold', group));
    for (const [name, value] of Object.entries(settings)) {
      const origin = origins.get(`${group}.${name}`);
      const text = `  ${name}: ${JSON.stringify(value)}`;
      lines.push(origin === undefined ? paint('dim', text) : `${text}   ${paint('cyan', `(${origin})`)}`);
    }
  }
  if (notices.length > 0) lines.push('', ...notices.map((notice) => paint('yellow', `Note: ${notice}`)));
  return [...lines, '', 'The configuration is valid.'].join('\n');
}
