/** A file as the body of a request, with its progress, which fetch does not tell. */
import { Failure, failureOf, UNREACHABLE } from './failure.ts';
import { csrfHeader } from './request.ts';

/**
 * @param onProgress from 0 to 1
 * @returns the body of the answer
 * @throws Failure
 */
export function upload(
  path: string,
  file: Blob,
  { onProgress, signal }: { onProgress: (part: number) => void; signal: AbortSignal },
): Promise<unknown> {
  const sending = new XMLHttpRequest();
  sending.open('POST', path);
  const headers = { Accept: 'application/json', 'Content-Type': 'application/octet-stream', ...csrfHeader() };
  for (const [name, value] of Object.entries(headers)) sending.setRequestHeader(name, value);
  sending.upload.addEventListener('progress', ({ loaded, total }) =>
    onProgress(total > 0 ? loaded / total : 0),
  );
  signal.addEventListener('abort', () => sending.abort());
  return new Promise((resolve, reject) => {
    sending.addEventListener('load', () => {
      const answer = new Response(sending.responseText, { status: sending.status });
      const done = answer.ok ? answer.json().then(resolve) : failureOf(answer).then(reject);
      done.catch(reject);
    });
    sending.addEventListener('error', () =>
      reject(new Failure(0, UNREACHABLE, 'The server does not answer.', '')),
    );
    sending.addEventListener('abort', () => reject(new DOMException('Given up.', 'AbortError')));
    sending.send(file);
  });
}
