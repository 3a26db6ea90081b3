/**
 * `node drive.mjs DRIVER TARGET`: takes Portolan through the same story with one client, and prints what the model behind
 * that client would have read at each step, as JSON. A driver exports `connect(target)`, which gives
 * `{ tools(), call(name, args, signal), close(), aborts, abortAfterMs, followsTasks }`; `call` resolves to what the model reads, or throws it.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const [driver, target] = process.argv.slice(2);
const { connect } = await import(`./drivers/${driver}.mjs`);
const client = await connect(JSON.parse(target));

const LONG = '-sT -n -p 1-1000 --max-rate 400 127.0.0.1';
const ENDLESS = '-sT -n -p 1-65535 --max-rate 100 127.0.0.1';
const ABORT_AFTER_MS = 1500;
const TASK_ID = /task ([\w-]{8,})/i;

/** What the model reads, whether the call went well or not. */
async function read(name, args, signal) {
  try {
    return await client.call(name, args, signal);
  } catch (error) {
    return `THROWN ${error.message}`;
  }
}

async function started(command) {
  const answer = await read('custom_scan', { command });
  return { answer, id: TASK_ID.exec(answer)?.[1] };
}

async function status(id, wanted) {
  for (let tries = 0; tries < 120; tries++) {
    const answer = await read('get_task_status', { task_id: id });
    if (wanted.test(answer)) return answer;
    await sleep(500);
  }
  return 'never';
}

const story = { tools: await client.tools() };
// However busy this machine is.
story.scan = await read('quick_scan', { target: '127.0.0.1', timeout: 45 });
story.badArgument = await read('quick_scan', { target: '127.0.0.1', ports: '80' });
story.refusal = await read('quick_scan', { target: '192.0.2.1' });
story.badId = await read('get_task_status', { task_id: 'nothing-of-this-name' });

if (client.followsTasks) {
  // It is handed a task, and asks for it until there is the result: nothing of that reaches the model.
  story.longResult = await read('custom_scan', { command: LONG });
} else {
  const long = await started(LONG);
  story.long = long.answer;
  story.longStatus = await status(long.id, /completed|failed/);
  story.longResult = await read('get_task_result', { task_id: long.id });

  const endless = await started(ENDLESS);
  await read('cancel_task', { task_id: endless.id });
  story.cancelled = await status(endless.id, /cancelled/);
}

if (client.aborts) {
  const signal = AbortSignal.timeout(client.abortAfterMs ?? ABORT_AFTER_MS);
  let abortedAt = Number.NaN;
  signal.addEventListener('abort', () => {
    abortedAt = performance.now();
  });
  await read('custom_scan', { command: ENDLESS, timeout: 60 }, signal);
  story.heardOfAbortMs = performance.now() - abortedAt;
  // Its scan goes on, as the instructions of the server say, until somebody cancels it.
  story.afterAbort = await read('list_tasks', { state: 'running' });
  const id = /\b[a-z0-9]{14}\b/.exec(story.afterAbort)?.[0];
  await read('cancel_task', { task_id: id });
  story.cancelledAfterAbort = await status(id, /cancelled/);
}

await client.close();
process.stdout.write(`\n${JSON.stringify(story)}\n`, () => process.exit(0));
