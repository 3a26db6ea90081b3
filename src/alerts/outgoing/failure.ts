/** Why a message did not arrive, in words of ours. */
export class ChannelFailure extends Error {
  /** The message itself is refused: sending it again would change nothing. */
  readonly final: boolean;
  /** Milliseconds that the receiver asked us to wait. */
  readonly afterMs: number | undefined;

  constructor(reason: string, more: { final?: boolean; afterMs?: number | undefined; cause?: unknown } = {}) {
    super(reason, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = 'ChannelFailure';
    this.final = more.final ?? false;
    this.afterMs = more.afterMs;
  }
}

/** What a connection failed for. @param where `mail.example.net:587` */
export function connectionFailure(error: unknown, where: string): ChannelFailure {
  if (error instanceof ChannelFailure) return error;
  const code = codeOf(error);
  return new ChannelFailure(
    WHY[code]?.(where) ?? whyTls(code, where) ?? `${where}: the connection failed (${code}).`,
    {
      cause: error,
    },
  );
}

const WHY: Readonly<Record<string, (where: string) => string>> = {
  ECONNREFUSED: (where) => `Nothing listens at ${where}: wrong port, or the service is down.`,
  ECONNRESET: (where) =>
    `${where} broke the connection off: perhaps it speaks TLS, or none, unlike the channel.`,
  EPIPE: (where) => `${where} broke the connection off.`,
  ETIMEDOUT: (where) => `${where} does not answer: a firewall on the way, or a wrong address.`,
  UND_ERR_CONNECT_TIMEOUT: (where) => `${where} does not answer: a firewall on the way, or a wrong address.`,
  UND_ERR_HEADERS_TIMEOUT: (where) => `${where} took the connection and then said nothing.`,
  TimeoutError: (where) => `${where} did not answer in time.`,
  AbortError: (where) => `${where} did not answer in time.`,
  EHOSTUNREACH: (where) => `There is no way to ${where} from this machine.`,
  ENETUNREACH: (where) => `There is no way to ${where} from this machine.`,
  EPROTO: (where) => `${where} does not speak TLS there.`,
  ERR_SSL_WRONG_VERSION_NUMBER: (where) => `${where} does not speak TLS there.`,
  CERT_HAS_EXPIRED: (where) => `The certificate of ${where} has expired.`,
  ERR_TLS_CERT_ALTNAME_INVALID: (where) => `The certificate of ${where} is for another name.`,
};

function whyTls(code: string, where: string): string | undefined {
  if (!/CERT|SELF_SIGNED|ISSUER|VERIFY/.test(code)) return undefined;
  return `The certificate of ${where} is signed by nobody this machine trusts (${code}): give the channel the "ca" that signed it.`;
}

/** Libraries put names of their own in place of the system's, which then stands in the message or the cause. */
const THEIRS: ReadonlySet<unknown> = new Set(['UND_ERR_SOCKET', 'ESOCKET', 'ECONNECTION']);
const IN_WORDS: readonly [words: RegExp, code: string][] = [
  [/wrong version number|packet length too long/i, 'EPROTO'],
  [/self-signed|unable to (verify|get)/i, 'UNABLE_TO_VERIFY'],
  [/certificate has expired/i, 'CERT_HAS_EXPIRED'],
  [/does not match certificate/i, 'ERR_TLS_CERT_ALTNAME_INVALID'],
];

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string' && !THEIRS.has(code)) return code;
  const said = IN_WORDS.find(([words]) => words.test(error.message))?.[1];
  const [named] = /\bE[A-Z]{5,}\b/.exec(error.message) ?? [];
  if (said !== undefined || named !== undefined) return said ?? named ?? '';
  return error.cause instanceof Error ? codeOf(error.cause) : String(code ?? error.name);
}
