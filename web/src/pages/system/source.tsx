import * as text from '../../texts/messages.js';

/** Who said a setting: the default, a variable of the environment, the command line, or a file. */
export function Source({ of }: { of: string | undefined }) {
  if (of === undefined) return <>{text.system_default()}</>;
  if (of === 'the command line') return <>{text.system_from_flag()}</>;
  if (/^[A-Z][A-Z0-9_]*$/.test(of)) return <>{text.system_from_environment({ name: of })}</>;
  return <span className="break-all">{text.system_from_file({ name: of })}</span>;
}
