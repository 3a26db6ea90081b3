import { describe, expect, it } from 'vitest';
import { CircuitBreaker, DEFAULT_BREAKER } from '../../../../src/core/breaker.ts';
import { PortolanError } from '../../../../src/core/errors.ts';
import type { SshConnection } from '../../../../src/nmap/ssh/connect.ts';
import { createPool } from '../../../../src/nmap/ssh/pool.ts';

const SETTINGS = { maxScans: 2, idleMs: 60_000 };
const forever = () => new AbortController().signal;

/** A connection that only knows whether it is open. */
function fakeConnection(): SshConnection & { lose(): void } {
  const { promise, resolve } = Promise.withResolvers<string>();
  let open = true;
  const lose = () => {
    open = false;
    resolve('lost');
  };
  return {
    exec: () => Promise.reject(new Error('not here')),
    isOpen: () => open,
    closed: promise,
    close: lose,
    lose,
  };
}

function counting(open: () => SshConnection | PortolanError) {
  const pool = createPool(
    async () => {
      opened.count += 1;
      const made = open();
      if (made instanceof PortolanError) throw made;
      return made;
    },
    new CircuitBreaker('scanner s', () => ({ ...DEFAULT_BREAKER, failureThreshold: 3 })),
    SETTINGS,
  );
  const opened = { pool, count: 0 };
  return opened;
}

const unreachable = () => new PortolanError('scanner_unreachable', 'nobody there', 'look');
const refused = () => new PortolanError('ssh_auth_failed', 'not you', 'look');

describe('the connection', () => {
  it('is made once, shared, and made anew when it is lost', async () => {
    const made: ReturnType<typeof fakeConnection>[] = [];
    const counted = counting(() => {
      const connection = fakeConnection();
      made.push(connection);
      return connection;
    });
    const [first, second] = await Promise.all([counted.pool.connection(), counted.pool.connection()]);
    expect(first).toBe(second);
    expect(await counted.pool.connection()).toBe(first);
    made[0]?.lose();
    expect(await counted.pool.connection()).toBe(made[1]);
    expect(counted.count).toBe(2);
    counted.pool.close();
    expect(made[1]?.isOpen()).toBe(false);
  });

  it('that is closed while it is made is closed when it is', async () => {
    const made = fakeConnection();
    const counted = counting(() => made);
    const waiting = counted.pool.connection();
    counted.pool.close();
    await expect(waiting).rejects.toMatchObject({ code: 'interrupted' });
    expect(made.isOpen()).toBe(false);
  });

  it('has places for so many scans; the next waits, and may stop waiting', async () => {
    const counted = counting(fakeConnection);
    const first = await counted.pool.acquire(forever());
    await counted.pool.acquire(forever());
    const impatient = new AbortController();
    const stopped = counted.pool.acquire(impatient.signal);
    let third: unknown;
    const waiting = counted.pool.acquire(forever()).then((place) => {
      third = place;
    });
    impatient.abort();
    await expect(stopped).rejects.toThrow();
    expect(third).toBeUndefined();
    first.release();
    await waiting;
    expect(third).toBeDefined();
    expect(counted.count).toBe(1);
    counted.pool.close();
  });
});

describe('a scanner that cannot be reached', () => {
  it('is left alone after some failures in a row', async () => {
    const counted = counting(unreachable);
    for (let round = 0; round < 3; round += 1) {
      await expect(counted.pool.connection()).rejects.toMatchObject({ message: 'nobody there' });
    }
    await expect(counted.pool.connection()).rejects.toMatchObject({
      code: 'breaker_open',
      message: expect.stringContaining('scanner s failed 3 times in a row'),
    });
    expect(counted.count).toBe(3);
  });

  it('is not one that refuses us', async () => {
    const counted = counting(refused);
    for (let round = 0; round < 6; round += 1) {
      await expect(counted.pool.connection()).rejects.toMatchObject({ code: 'ssh_auth_failed' });
    }
    expect(counted.count).toBe(6);
  });

  it('gives the place back', async () => {
    const counted = counting(refused);
    for (let round = 0; round < 4; round += 1) {
      await expect(counted.pool.acquire(forever())).rejects.toMatchObject({ code: 'ssh_auth_failed' });
    }
  });
});
