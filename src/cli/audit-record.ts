/** What a command of the operator's does, in the audit of the server. */
import { userInfo } from 'node:os';
import { auditSettings } from '../config/audit-file.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { note } from './terminal.ts';

/** Writes it down with who sits here; where that fails it says so, and what was done stays done. */
export async function recordFor(
  options: CommonOptions,
  kind: string,
  fields: Record<string, unknown>,
): Promise<void> {
  const { config } = await loadFor(options);
  if (!config.logging.audit) return;
  const { Audit } = await import('../observe/audit.ts');
  const audit = new Audit(() => auditSettings(config), {
    problem: (error) =>
      note(`The audit could not be written: ${error instanceof Error ? error.message : error}`),
    broken: () => note('The audit was cut off or changed: portolan audit verify'),
  });
  audit.write(kind, { ...fields, by: userName() });
  await audit.flush();
}

/** Who sits at this machine, as far as it knows. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
