/** docs/config.md, from the settings. */
import {
  CONFIG_FILE_ALIAS,
  ENV_ALIASES,
  FILE_ALIASES,
  GROUP_ALIASES,
  RETIRED,
  RETIRED_ENV,
} from '../../src/config/aliases.ts';
import { accepts, defaultInWords } from '../../src/config/describe.ts';
import { SETTINGS } from '../../src/config/flat-settings.ts';
import { GROUPS } from '../../src/config/schema.ts';
import { code, table } from './markdown.ts';

export function configReference(): string {
  const parts = [
    '# Settings',
    '',
    'Generated from `src/config/schema.ts` by `npm run docs`. How settings are given, and which source wins, is in',
    '[configuration.md](configuration.md).',
  ];
  for (const [group, words] of Object.entries(GROUPS)) {
    const rows = SETTINGS.filter((setting) => setting.group === group).map((setting) => [
      code(setting.key),
      `${setting.about}${setting.secret ? ' Secret; may be `env:NAME` or `file:/path`.' : ''}`,
      accepts(setting),
      setting.defaultText ?? code(defaultInWords(setting)),
    ]);
    parts.push(
      '',
      `## ${group}`,
      '',
      words,
      '',
      table(['setting', 'what it is', 'accepts', 'default'], rows),
    );
  }
  parts.push(
    '',
    '## Names of earlier servers',
    '',
    'Accepted so that existing files and environments work. Our own name wins where both are given.',
    '',
    table(
      ['name', 'where', 'setting'],
      [
        ...[...FILE_ALIASES].map(([name, key]) => [code(name), 'top of a file', code(key)]),
        ...[...GROUP_ALIASES].map(([name, key]) => [code(name), 'group of a file', code(key)]),
        [code(CONFIG_FILE_ALIAS), 'environment', 'the configuration file, as `PORTOLAN_CONFIG`'],
        ...[...ENV_ALIASES].map(([name, key]) => [code(name), 'environment', code(key)]),
      ],
    ),
    '',
    'Some had no setting of the same meaning. A value that asks for what Portolan does anyway is accepted with a note in the',
    'log and in `check-config`; any other is refused.',
    '',
    table(
      ['name', 'what there is instead'],
      [...RETIRED].map(([name, { successor }], at) => [
        `${code(name)}, ${code([...RETIRED_ENV.keys()][at] ?? '')}`,
        successor,
      ]),
    ),
  );
  return `${parts.join('\n')}\n`;
}
