/** A process with a store of its own on a database, called from the test: with several of them, races are real. */
import { type ChildProcess, fork } from 'node:child_process';
import { callOf, storeOf } from '../../src/store/calls.ts';
import { openStore } from '../../src/store/open.ts';
import type { StoreParts } from '../../src/store/store.ts';

export interface StoreProcess extends StoreParts {
  /** Ends it as `kill -9` does. */
  kill(): Promise<void>;
  /** Stops it where it is, as a suspended machine does, and lets it go on. */
  freeze(): void;
  thaw(): void;
}

interface Question {
  id: number;
  call: string;
  given: unknown[];
}
type Answer = { id: number; value: unknown } | { id: number; error: string };

/** @throws when the database could not be opened there */
export async function startProcess(database: string): Promise<StoreProcess> {
  const child = fork(import.meta.filename, [database], { serialization: 'advanced' });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  child.on('message', (answer: Answer) => {
    const asker = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) asker?.reject(new Error(answer.error));
    else asker?.resolve(answer.value);
  });
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the process has ended'));
  });
  let asked = 0;
  const ask = (call: string, given: readonly unknown[]) =>
    new Promise((resolve, reject) => {
      asked += 1;
      waiting.set(asked, { resolve, reject });
      child.send({ id: asked, call, given: [...given] } satisfies Question);
    });
  await ask('open', []);
  return {
    ...storeOf(ask),
    kill: () => ended(child, 'SIGKILL'),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await exited;
}

const [, started, database = ''] = process.argv;
if (process.send !== undefined && started === import.meta.filename) {
  const opening = openStore(database);
  opening.catch(() => {});
  process.on('message', async ({ id, call, given }: Question) => {
    const answer = await opening
      .then(async (store) => ({ id, value: call === 'open' ? undefined : await callOf(store, call, given) }))
      .catch((error: unknown) => ({ id, error: String(error) }));
    process.send?.(answer satisfies Answer);
  });
}
