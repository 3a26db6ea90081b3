/** A refusal or failure as the server told it (docs/api.md): what was wrong, and what to do next. */
export class Failure extends Error {
  /** 0 when nobody answered. */
  readonly status: number;
  readonly code: string;
  /** What to do, in the server's words; in English, as of the API. */
  readonly next: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, code: string, message: string, next: string, retryAfterSeconds?: number) {
    super(message);
    this.name = 'Failure';
    this.status = status;
    this.code = code;
    this.next = next;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The failure that an answer is, whatever its body. */
export async function failureOf(response: Response): Promise<Failure> {
  const body: unknown = await response.json().catch(() => undefined);
  const whole = recordOf(body);
  // The tools of captures have the code and the message in a shape of their own.
  const flat = typeof whole['error'] === 'string' ? { code: whole['error'], message: whole['message'] } : {};
  const error: Record<string, unknown> = { ...recordOf(whole['error']), ...flat };
  const text = (key: string) => (typeof error[key] === 'string' ? error[key] : undefined);
  const seconds = error['retry_after_seconds'];
  return new Failure(
    response.status,
    text('code') ?? `http_${response.status}`,
    text('message') ?? response.statusText,
    text('next') ?? '',
    typeof seconds === 'number' ? seconds : undefined,
  );
}

/** Nobody answered: the server is stopped, or the network between is cut. */
export const UNREACHABLE = 'unreachable';

function recordOf(value: unknown): Record<string, unknown> {
  return Object(value);
}
