/** The file that `portolan init` writes: every setting, commented out at its default, and a fresh token. */
import { stringify } from 'yaml';
import { accepts, defaultInWords, defaultOf } from './describe.ts';
import { SETTINGS, type Setting } from './flat-settings.ts';
import { GROUPS } from './schema.ts';

/** A commented YAML configuration in which only `server.token` is set. */
export function configTemplate(token: string): string {
  const parts = [
    '# Configuration of Portolan. Lines that begin with "# " and a name show the default; take the "# " away to',
    '# change one. Environment variables (PORTOLAN_SECURITY__ALLOW_INTRUSIVE=true) and flags go before this file.',
    '# Try it with: portolan check-config',
  ];
  for (const [group, description] of Object.entries(GROUPS)) {
    parts.push('', `# ${description}`, `${group}:`);
    for (const setting of SETTINGS.filter((one) => one.group === group)) {
      parts.push(
        ...comment(setting),
        setting.key === 'server.token' ? `  token: ${token}` : example(setting),
      );
    }
  }
  return `${parts.join('\n')}\n`;
}

/** The same as JSON, which has no comments: docs/config.md says what each setting is. */
export function jsonTemplate(token: string): string {
  return `${JSON.stringify({ server: { token } }, null, 2)}\n`;
}

function comment(setting: Setting): string[] {
  const secret = setting.secret ? ' May be env:NAME or file:/path.' : '';
  return [
    `  ## ${setting.about}${secret}`,
    `  ## ${capital(accepts(setting))}. Default: ${defaultInWords(setting)}.`,
  ];
}

function example(setting: Setting): string {
  const value = defaultOf(setting);
  return `  # ${setting.name}:${value === undefined ? '' : ` ${stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim()}`}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
