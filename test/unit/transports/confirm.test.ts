/** An answer counts only for the question that was asked: nobody agrees unasked, for another call, or for another caller. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tokenAuthenticator } from '../../../src/transports/http/auth.ts';
import { type HttpService, startHttp } from '../../../src/transports/http/server.ts';
import { usedOnce } from '../../../src/transports/mcp/once.ts';
import { fixtureDependencies } from './fixture/dependencies.ts';
import { messageOf, modernCall } from './fixture/rpc.ts';

const FORMS = { elicitation: { form: {} } };
let service: HttpService;
beforeEach(async () => {
  const entries = ['one', 'two'].map((name) => ({
    name,
    hash: createHash('sha256').update(name).digest('hex'),
    scopes: ['scan:read'] as const,
  }));
  service = await startHttp(fixtureDependencies(), {
    host: '127.0.0.1',
    port: 0,
    authenticator: tokenAuthenticator(() => entries),
    onError: () => {},
  });
});
afterEach(() => service.close());

interface Round {
  questions?: string[];
  inputResponses?: Record<string, unknown>;
  requestState?: unknown;
  token?: string;
}

async function ask({ questions = ['Really?'], token = 'one', ...retry }: Round = {}) {
  const params = { name: 'ask', arguments: { questions }, ...retry };
  const { result, error } = messageOf(
    await modernCall(service.url, 'tools/call', params, FORMS, { authorization: `Bearer ${token}` }),
  );
  const [key = ''] = Object.keys(result?.inputRequests ?? {});
  return { result, error, key, requestState: String(result?.requestState) };
}
const yes = (key: string) => ({ [key]: { action: 'accept', content: { agree: true } } });

it('takes the answer to its question', async () => {
  const { key, requestState, result } = await ask();
  expect(result).toMatchObject({
    resultType: 'input_required',
    inputRequests: { [key]: { method: 'elicitation/create', params: { message: 'Really?' } } },
  });
  const answered = await ask({ inputResponses: yes(key), requestState });
  expect(answered.result).toMatchObject({ structuredContent: { answers: ['accepted'] } });
});

it('asks all the same when somebody agrees unasked', async () => {
  const { key } = await ask();
  const unasked = await ask({ inputResponses: yes(key) });
  expect(unasked.result?.resultType).toBe('input_required');
});

it('asks anew for other arguments', async () => {
  const { key, requestState } = await ask();
  const other = await ask({ questions: ['Something worse?'], inputResponses: yes(key), requestState });
  expect(other.result?.resultType).toBe('input_required');
  expect(other.key).not.toBe(key);
  const more = await ask({ questions: ['Really?', 'And more?'], inputResponses: yes(key), requestState });
  expect(more.result?.resultType).toBe('input_required');
});

it('refuses the state of another caller and a state it has not signed', async () => {
  const { key, requestState } = await ask();
  const [version, body = '', mac] = requestState.split('.');
  const forged = JSON.parse(Buffer.from(body, 'base64url').toString());
  forged.p.given = { [key]: 'accepted' };
  const forgedState = [version, Buffer.from(JSON.stringify(forged)).toString('base64url'), mac].join('.');
  for (const round of [
    { inputResponses: yes(key), requestState, token: 'two' },
    { requestState: forgedState },
    { inputResponses: yes(key), requestState: `${requestState}x` },
    { inputResponses: yes(key), requestState: '' },
    { inputResponses: yes(key), requestState: 7 },
  ]) {
    const { error } = await ask(round);
    expect(error).toMatchObject({ code: -32_602, data: { reason: 'invalid_request_state' } });
  }
});

it('takes only a ticked box for yes', async () => {
  for (const response of [
    { action: 'accept' },
    { action: 'accept', content: {} },
    { action: 'accept', content: { agree: 'true' } },
    { action: 'accept', content: { agree: 1 } },
    { action: 'decline', content: { agree: true } },
    { action: 'cancel' },
  ]) {
    const { key, requestState } = await ask();
    const { result } = await ask({ inputResponses: { [key]: response }, requestState });
    expect(result, JSON.stringify(response)).toMatchObject({ structuredContent: { answers: ['declined'] } });
  }
});

it('asks again when the answer is none', async () => {
  const { key, requestState } = await ask();
  for (const response of [7, 'yes', null, [], { action: 'whatever' }, { result: { action: 'accept' } }]) {
    const { result } = await ask({ inputResponses: { [key]: response }, requestState });
    expect(result?.resultType, JSON.stringify(response)).toBe('input_required');
  }
});

it('lets one answer count once: whoever sends it again is asked again', async () => {
  const { key, requestState } = await ask();
  const answer = { inputResponses: yes(key), requestState };
  expect((await ask(answer)).result).toMatchObject({ structuredContent: { answers: ['accepted'] } });
  const [again, atOnce] = await Promise.all([ask(answer), ask(answer)]);
  expect([again.result?.resultType, atOnce.result?.resultType]).toEqual(['input_required', 'input_required']);
});

it('gives of two calls with the same answer at the same time one what it asks for', async () => {
  const { key, requestState } = await ask();
  const both = await Promise.all([1, 2].map(() => ask({ inputResponses: yes(key), requestState })));
  expect(both.filter(({ result }) => result?.structuredContent !== undefined)).toHaveLength(1);
});

it('remembers what was used, and takes nothing older than what it has forgotten', () => {
  const once = usedOnce(2);
  expect([once.use('a', 1), once.use('a', 1), once.use('b', 3), once.use('c', 2)]).toEqual([
    true,
    false,
    true,
    true,
  ]);
  // `a` has been forgotten for `c`.
  expect([once.use('a', 1), once.use('older', 0), once.use('b', 3)]).toEqual([false, false, false]);
  expect(once.use('d', 4)).toBe(true);
});
