/**
 * The other side of worker-client.ts: analyses one capture at a time in a thread of its own. In the bundle this file
 * is an entry point named `capture-worker`, next to the file that holds worker-client.ts.
 */
import { parentPort } from 'node:worker_threads';
import { PortolanError } from '../core/errors.ts';
import { analyzeCapture } from './analysis.ts';
import type { FromWorker, ToWorker } from './worker-client.ts';

const port = parentPort;
if (port === null) throw new Error('worker.ts is started by worker-client.ts only');

let running: AbortController | undefined;

port.on('message', (message: ToWorker) => {
  if (message.kind === 'cancel') {
    running?.abort();
    return;
  }
  const controller = new AbortController();
  running = controller;
  const { source, settings, maxBytes } = message;
  const send = (answer: FromWorker) => port.postMessage(answer);
  analyzeCapture(source, settings, {
    signal: controller.signal,
    onProgress: (progress) => send({ kind: 'progress', progress }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
  }).then(
    (report) => send({ kind: 'report', report }),
    (error: unknown) => {
      if (error instanceof PortolanError) send({ kind: 'refused', error: error.toValue() });
      else
        send({
          kind: 'broken',
          message: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
    },
  );
});
