/**
 * What runs on a scanner around its nmap: a constant text for the POSIX shell there, given its few values as arguments.
 *
 * - nmap gets a folder of its own and writes its report into a FIFO there, which `cat` sends us; as soon as nmap has
 *   opened it, FIFO and folder are removed, so that nothing can be left behind. (`-oX -` would silence nmap's normal
 *   output with the early ports, and /dev/fd is closed to an nmap with capabilities, and to sudo.)
 * - The watch reads a word from us every few seconds. When none comes for `limit` seconds, or the connection has ended
 *   (end of file), it kills the process group: SIGKILL cannot be waited for by anything. sshd makes the shell the leader
 *   of its own session; where some server does not, there is no group of that number and only nmap itself is killed.
 * - sudo runs nmap as root, whom we may not signal. So it gets a terminal: when the leader of its session is gone, the
 *   kernel hangs up on everybody in the foreground (setsid(2), termios(3)), whoever they are.
 * - At the end it says the status and what nmap said on standard error, and kills its own group: nothing stays.
 */
import { MAKE_FOLDER, shellCommand } from './remote-shell.ts';

const SCRIPT = [
  'limit=$1; mode=$2; shift 2;',
  'if [ $mode = plain ]; then echo "portolan-begin $token" >&2; fi;',
  `${MAKE_FOLDER} if [ -z "$d" ]; then exit 125; fi;`,
  'exec 3<&0 4>&2 6>messages 7<messages </dev/null;',
  'if [ $mode = tty ]; then exec 8>/dev/null; else exec 8>&4; fi;',
  'finish() { rm -rf "$d"; kill -KILL $n; kill -KILL -$$; };',
  'calm() { kill $s; exit; };',
  'pause() { trap calm TERM; sleep $limit & s=$! ; wait $s; finish; };',
  'watch() { pause & t=$! ; while read -r word; do kill $t; if [ $word = stop ]; then kill $n; fi; pause & t=$! ; done; finish; };',
  'report() { exec 5<scan.xml; rm -rf "$d"; exec cat <&5; };',
  'report & r=$! ;',
  '"$@" >&8 2>&6 & n=$! ;',
  'exec 2>/dev/null;',
  'watch <&3 >/dev/null &',
  'wait $n; status=$?;',
  'if [ -p scan.xml ]; then : >scan.xml; fi;',
  'wait $r;',
  'echo "portolan-end $token $status" >&4; cat <&7 >&4;',
  'kill -KILL -$$; exit $status',
].join(' ');

/** Says that we live; any word but `stop` does. */
export const BEAT = 'go\n';
/** Asks nmap to end, in its own way. */
export const STOP = 'stop\n';
/** Exit status when the private folder could not be made. */
export const NO_FOLDER = 125;

/**
 * The command for the remote shell. Behind the line of beginMark() it writes nmap's report to standard output, its normal
 * output to standard error (nowhere in `tty` mode, where there is but one stream), and after {@link endMark} what it said
 * on standard error.
 */
export function watchedCommand(
  words: readonly string[],
  { token, limitSeconds, tty }: { token: string; limitSeconds: number; tty: boolean },
): string {
  return shellCommand(SCRIPT, token, [String(Math.ceil(limitSeconds)), tty ? 'tty' : 'plain', ...words]);
}

/** Begins the line that ends a run; its status follows. */
export const endMark = (token: string): string => `portolan-end ${token} `;
