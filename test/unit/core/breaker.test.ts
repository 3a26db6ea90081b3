import { describe, expect, it } from 'vitest';
import { type BreakerState, Breakers, CircuitBreaker, DEFAULT_BREAKER } from '../../../src/core/breaker.ts';
import { PortolanError } from '../../../src/core/errors.ts';

function breaker(more: Partial<typeof DEFAULT_BREAKER> = {}, random = 0) {
  const world = { time: 0, now: () => world.time, random: () => random };
  const seen: string[] = [];
  const calls: string[] = [];
  const one = new CircuitBreaker(
    'quick_scan',
    () => ({ ...DEFAULT_BREAKER, ...more }),
    {
      transition: (_, from: BreakerState, to: BreakerState) => seen.push(`${from}>${to}`),
      call: (_, result) => calls.push(result),
    },
    world,
  );
  const fail = (times = 1) => {
    for (let i = 0; i < times; i += 1) one.enter()('fault');
  };
  return { one, world, seen, calls, fail };
}

function refusal(one: CircuitBreaker): PortolanError {
  try {
    one.enter();
  } catch (error) {
    if (error instanceof PortolanError) return error;
  }
  throw new Error('it was let through');
}

describe('the circuit breaker', () => {
  it('opens at the fifth fault in a row, not before, and says when to come back', () => {
    const { one, fail, calls, seen } = breaker();
    fail(4);
    one.enter()('success');
    fail(4);
    expect(one.snapshot()).toMatchObject({ state: 'closed', faults: 4 });
    fail();
    expect(one.snapshot()).toEqual({ name: 'quick_scan', state: 'open', faults: 5, retryAfterSeconds: 60 });
    expect(refusal(one).toValue()).toMatchObject({ code: 'breaker_open', retry_after_seconds: 60 });
    expect(seen).toEqual(['closed>open']);
    expect(calls.filter((result) => result === 'failure')).toHaveLength(9);
    expect(calls.at(-1)).toBe('rejected');
  });

  it('is not moved by what says nothing, however often', () => {
    const { one, fail } = breaker();
    fail(4);
    for (let i = 0; i < 50; i += 1) one.enter()('neutral');
    expect(one.snapshot()).toMatchObject({ state: 'closed', faults: 4 });
  });

  it('lets one trial through after the pause, and closes when it goes well', () => {
    const { one, fail, world, seen } = breaker();
    fail(5);
    world.time = 59_999;
    expect(refusal(one).retryAfterSeconds).toBe(1);
    world.time = 60_000;
    const trial = one.enter();
    expect(one.snapshot().state).toBe('half_open');
    expect(refusal(one).message).toContain('being tried');
    trial('success');
    expect(seen).toEqual(['closed>open', 'open>half_open', 'half_open>closed']);
    fail(4);
    expect(one.snapshot().state).toBe('closed');
  });

  it('waits twice as long after each failed trial, up to the longest pause', () => {
    const { one, fail, world } = breaker({ maxRecoverySeconds: 200 });
    fail(5);
    const pauses: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      const { retryAfterSeconds } = one.snapshot();
      pauses.push(retryAfterSeconds);
      world.time += retryAfterSeconds * 1000;
      fail();
    }
    expect(pauses).toEqual([60, 120, 200, 200, 200]);
    world.time += 200_000;
    one.enter()('success');
    fail(5);
    expect(one.snapshot().retryAfterSeconds).toBe(60);
  });

  it('adds at most a quarter by chance, never less than was asked', () => {
    const { one, fail } = breaker({}, 0.999);
    fail(5);
    expect(one.snapshot().retryAfterSeconds).toBe(75);
  });

  it('gives the place of a trial back when it said nothing', () => {
    const { one, fail, world } = breaker();
    fail(5);
    world.time = 60_000;
    one.enter()('neutral');
    one.enter()('success');
    expect(one.snapshot().state).toBe('closed');
  });

  it('wants as many good trials as configured', () => {
    const { one, fail, world } = breaker({ halfOpenSuccesses: 2 });
    fail(5);
    world.time = 60_000;
    one.enter()('success');
    expect(one.snapshot().state).toBe('half_open');
    one.enter()('success');
    expect(one.snapshot().state).toBe('closed');
  });

  it('does not hear calls of before it changed, and hears each call once', () => {
    const { one, fail, world } = breaker();
    const early = one.enter();
    const late = one.enter();
    fail(5);
    world.time = 60_000;
    const trial = one.enter();
    early('fault');
    late('success');
    expect(one.snapshot().state).toBe('half_open');
    trial('fault');
    trial('success');
    expect(one.snapshot().state).toBe('open');
  });

  it('is closed by hand', () => {
    const breakers = new Breakers(() => DEFAULT_BREAKER);
    for (let i = 0; i < 5; i += 1) breakers.of('a').enter()('fault');
    expect(breakers.snapshots()).toMatchObject([{ name: 'a', state: 'open' }]);
    expect(breakers.forceClose('b')).toBe(false);
    expect(breakers.forceClose('a')).toBe(true);
    breakers.of('a').enter()('success');
    expect(breakers.snapshots()).toMatchObject([{ name: 'a', state: 'closed', faults: 0 }]);
  });
});
