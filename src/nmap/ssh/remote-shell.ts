/**
 * What every script that we run on a scanner begins with. The user's shell there is of any kind and reads its start files
 * first, which print things, take their time and set variables; then a POSIX shell takes over.
 *
 * Scripts stand in single quotes for that first shell: so they have no quote, backslash or newline within, and behind an
 * exclamation mark a space (csh(1), HISTORY SUBSTITUTION).
 */
import { quoteWords } from './quote.ts';

/** The first line that is ours; everything before it is the account's own. */
export const beginMark = (token: string): string => `portolan-begin ${token}`;

/** `$1` is the token. Programs are found also where a start file has taken their folders out of PATH. */
const PRELUDE = [
  'set +x; token=$1; shift; umask 077; cd /;',
  `PATH=\${PATH:+$PATH:}/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin; LC_ALL=C; export PATH LC_ALL;`,
  'unset NMAP_ARGS NMAPDIR NMAP_PRIVILEGED NMAP_UNPRIVILEGED LD_PRELOAD;',
  'echo "portolan-begin $token";',
].join(' ');

/**
 * Makes a private folder with nmap's FIFO and goes there: `$d`, empty where none can be made. The same text for the scan
 * and for the check before it, so that what was checked is what is done. On a full disk or over a quota an empty file can
 * be made, but nmap's complaints would be lost, so some bytes are written.
 */
export const MAKE_FOLDER = [
  'd=; for b in /tmp "$XDG_RUNTIME_DIR" "$HOME" /dev/shm; do',
  'case $b in /*) ;; *) continue; esac; d=$b/portolan-$token;',
  'if mkdir "$d" && cd "$d"; then if mkfifo scan.xml && echo room >messages && : >messages; then break; fi; cd /; rm -rf "$d"; fi;',
  'd=; done 2>/dev/null;',
].join(' ');

/** Where {@link MAKE_FOLDER} looks for room, for people. */
export const FOLDERS = '/tmp, $XDG_RUNTIME_DIR, $HOME and /dev/shm';

/** The command for the remote shell: says {@link beginMark} and runs the script with `words` as its arguments. */
export function shellCommand(script: string, token: string, words: readonly string[]): string {
  if (!/^[a-z0-9]{16,64}$/.test(token)) throw new TypeError('A token has letters and digits only.');
  return `exec /bin/sh -c '${PRELUDE} ${script}' ${quoteWords(['portolan', token, ...words])}`;
}
