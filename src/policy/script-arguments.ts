/**
 * The arguments of scripts that can be given: those, found by reading nmap 7.93's scripts and libraries, that change only
 * what is asked of the target, how long, or how it is printed. None names a file, a host or a target to add, and none
 * carries a password. An argument without a row cannot be said.
 */
import type { Grammar } from './values.ts';

/** A path on the target's own server; `//host` would be an authority to some readers (RFC 3986 4.2). */
const PATH = /^\/(?!\/)[A-Za-z0-9/._~-]{0,120}$/;
const NUMBER = /^[0-9]{1,6}$/;
const YES = /^(true|1)$/;
const TIME = /^[0-9]{1,4}(ms|s|m)?$/;
const LABEL = '[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
const NAME = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*$`);

const SCRIPT_ARGUMENTS: Readonly<Record<string, RegExp>> = {
  'banner.timeout': TIME,
  'ftp-anon.maxlist': NUMBER,
  'gopher-ls.maxfiles': NUMBER,
  'http-apache-negotiation.root': PATH,
  'http-auth.path': PATH,
  'http-comments-displayer.context': NUMBER,
  'http-enum.basepath': PATH,
  'http-enum.category': /^[a-z]{1,20}$/,
  'http-enum.displayall': YES,
  'http-enum.limit': NUMBER,
  'http-enum.tryvariations': YES,
  'http-favicon.uri': PATH,
  'http-generator.path': PATH,
  'http-headers.path': PATH,
  'http-headers.useget': YES,
  'http-ls.url': PATH,
  'http-methods.retest': YES,
  'http-methods.url-path': PATH,
  'http-ntlm-info.root': PATH,
  'http-svn-enum.count': NUMBER,
  'http-svn-enum.url': PATH,
  'http-svn-info.url': PATH,
  'http-title.url': PATH,
  'http-webdav-scan.path': PATH,
  'http.host': NAME,
  'http.max-body-size': /^[0-9]{1,7}$/,
  'http.max-pipeline': /^[0-9]{1,2}$/,
  'http.pipeline': /^[0-9]{1,2}$/,
  'http.truncated-ok': YES,
  'http.useragent': /^[A-Za-z0-9 ./;:()_-]{1,120}$/,
  'ms-sql-config.showall': YES,
  'nfs-ls.time': /^(atime|mtime|ctime)$/,
  'nfs-statfs.human': YES,
  'rtsp-methods.path': PATH,
  'smtp-commands.domain': NAME,
  'smtp-ntlm-info.domain': NAME,
  ssh_hostkey: /^(full|sha256|md5|bubble|visual|all)$/,
  'tls.servername': NAME,
  'vulns.short': YES,
  'vulns.showall': YES,
  'xmlrpc-methods.url': PATH,
  'xmpp-info.server_name': NAME,
};

type Argument = readonly [name: string, value: string];

export const SCRIPT_ARGS: Grammar = {
  parse: (text) => {
    const read = readArguments(text);
    return read && new Set(read.map(([name]) => name)).size === read.length
      ? writeArguments(read)
      : undefined;
  },
  accepts: `name=value pairs, each once, of ${Object.keys(SCRIPT_ARGUMENTS).join(', ')} (paths begin with one /); others can add targets, name files or carry secrets`,
};

function readArguments(text: string): Argument[] | undefined {
  const read: Argument[] = [];
  for (const word of text.split(',')) {
    const pair = /^([a-z_.-]+)=(?:"([^"]*)"|([^"]*))$/.exec(word.trim());
    const name = pair?.[1];
    const value = pair?.[2] ?? pair?.[3];
    if (name === undefined || value === undefined || !Object.hasOwn(SCRIPT_ARGUMENTS, name)) return undefined;
    if (!SCRIPT_ARGUMENTS[name]?.test(value)) return undefined;
    read.push([name, value]);
  }
  return read;
}

const writeArguments = (read: readonly Argument[]) =>
  read.map(([name, value]) => `${name}="${value}"`).join(',');

/**
 * The arguments by which nmap's libraries say a name to HTTP and TLS services (nselib/http.lua, tls.lua); those that are
 * given already stay. Redirects are followed by address still: redirect_ok does not look at http.host.
 */
export function withServerName(given: string | undefined, name: string): string {
  const read = given === undefined ? [] : (readArguments(given) ?? []);
  const missing = ['http.host', 'tls.servername'].filter((one) => !read.some(([said]) => said === one));
  return writeArguments([...read, ...missing.map((one) => [one, name] as const)]);
}
