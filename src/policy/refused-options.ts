/** Why an nmap option has no row in the table: only for better messages, nothing depends on this list. */
import { PortolanError } from '../core/errors.ts';
import { FLAGS } from './allowed-options.ts';

const REASONS: readonly { flags: RegExp; because: string; next: string }[] = [
  {
    flags: /^(-o.*|--o[NXGSAM]|--append-output|--stylesheet|--webxml|--no-stylesheet|--log-errors|--resume)$/,
    because: 'it writes files or continues from one',
    next: 'Leave it out: the report comes back as an answer, and as a resource in XML, JSON, Markdown and CSV.',
  },
  {
    flags: /^(-i.*|--iL|--iR|--excludefile|--script-args-file|--datadir|--servicedb|--versiondb)$/,
    because: 'it reads files or chooses targets by itself',
    next: 'Write targets and values into the command itself (--exclude takes a list).',
  },
  {
    flags: /^(-S.*|--proxies|--proxy|-sI.*|-b.*|--ip-options|--data|--data-string|--send-eth|--send-ip)$/,
    because: 'it forges a source, sends through somebody else or sends what cannot be checked',
    next: 'Leave it out: probes come from this machine and go to the targets alone.',
  },
  {
    flags:
      /^(--script-updatedb|--script-help|--script-trace|--version-trace|--iflist|--interactive|-h|--help|-V|--version)$/,
    because: 'it is not part of a scan',
    next: 'Leave it out. `portolan doctor` tells about the installed nmap.',
  },
  {
    flags:
      /^(--stats-every|--noninteractive|--privileged|--unprivileged|--release-memory|--nsock-engine|--)$/,
    because: 'Portolan says it itself where it is needed',
    next: 'Leave it out.',
  },
  {
    flags: /^(--resolve-all|--unique)$/,
    because: 'Portolan resolves names itself: every address is checked and scanned once',
    next: 'Leave it out.',
  },
];

/** The refusal of a word that begins with a hyphen and is no known spelling. */
export function refuseFlag(word: string): PortolanError {
  const name = word.split('=')[0] ?? word;
  const shown = JSON.stringify(name.slice(0, 60));
  const known = REASONS.find(({ flags }) => flags.test(name));
  if (known)
    return new PortolanError('option_not_allowed', `${shown} is refused: ${known.because}.`, known.next);
  const similar = FLAGS.map(({ flag }) => flag).filter(
    (flag) => flag.length > 2 && (flag.startsWith(name) || `-${name}` === flag || name.startsWith(flag)),
  );
  return new PortolanError(
    'invalid_option',
    `${shown} is not an option that can be given here.`,
    similar.length > 0
      ? `Write the option out in full; similar: ${similar.join(', ')}.`
      : 'Write options as in the nmap manual, each on its own and in full, such as -sV -p 22,80 --top-ports 20.',
  );
}
