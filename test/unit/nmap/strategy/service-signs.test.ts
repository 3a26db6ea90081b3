/** Which ports say nothing, read from what nmap traces of its connections. */
import { describe, expect, test, vi } from 'vitest';
import { isTrace, readServiceSign, type ServiceSign } from '../../../../src/nmap/run/service-trace.ts';
import { ServiceSigns } from '../../../../src/nmap/strategy/service-signs.ts';

const callback = (rest: string) => `NSOCK INFO [6.4120s] nsock_trace_handler_callback(): Callback: ${rest}`;

describe('a line of the trace', () => {
  test.each([
    ['READ TIMEOUT for EID 18 [127.0.0.9:40004]', 'silence'],
    ['READ SUCCESS for EID 34 [127.0.0.9:40004] (82 bytes)', 'answer'],
    ['READ SUCCESS for EID 34 [127.0.0.9:40004] [EOF](5181 bytes)', 'answer'],
    ['READ EOF for EID 42 [127.0.0.9:40004]', 'answer'],
    ['READ ERROR [Connection reset by peer (104)] for EID 42 [127.0.0.9:40004]', 'answer'],
    ['CONNECT TIMEOUT for EID 8 [127.0.0.9:40004]', 'answer'],
  ] as const)('%s', (rest, sign) => {
    expect(readServiceSign(callback(rest))).toEqual({ address: '127.0.0.9', port: 40_004, sign });
    expect(isTrace(callback(rest))).toBe(true);
  });

  test('IPv6, and a script that was ended', () => {
    expect(readServiceSign(callback('READ TIMEOUT for EID 18 [fd00:9::10:22]'))).toEqual({
      address: 'fd00:9::10',
      port: 22,
      sign: 'silence',
    });
    const cut = 'NSE: drda-info against 127.0.0.9:9090 timed out';
    expect(readServiceSign(cut)).toEqual({ address: '127.0.0.9', port: 9090, sign: 'script cut' });
    expect(isTrace(cut)).toBe(false);
  });

  test.each([
    callback('CONNECT SUCCESS for EID 8 [127.0.0.9:40004]'),
    callback('WRITE SUCCESS for EID 8 [127.0.0.9:40004]'),
    callback('READ TIMEOUT for EID 18 [127.0.0.9:99999]'),
    callback('READ TIMEOUT for EID 18 [300.0.0.9:80]'),
    '|_banner: NSOCK INFO [1.0s] nsock_trace_handler_callback(): Callback: READ TIMEOUT for EID 1 [1.2.3.4:5]',
    'Got nsock CONNECT response with status TIMEOUT - aborting this service',
  ])('says nothing of a port: %s', (line) => {
    expect(readServiceSign(line)).toBeUndefined();
  });

  test('what a service says is not looked at', () => {
    const said = '(60 bytes): READ TIMEOUT for EID 18 [10.0.0.1:22]';
    const line = callback(`READ SUCCESS for EID 34 [127.0.0.9:80] ${said}`);
    expect(readServiceSign(line)).toMatchObject({ address: '127.0.0.9', port: 80, sign: 'answer' });
  });
});

describe('silence', () => {
  const sign = (port: number, what: ServiceSign['sign']) => ({ address: '10.9.0.1', port, sign: what });

  test('begins with the second wait in vain, and looks at all ports then', async () => {
    vi.useFakeTimers();
    try {
      const signs = new ServiceSigns(() => Date.now());
      const told = vi.fn();
      void signs.silence().then(told);
      for (const port of [1, 2, 3]) signs.take(sign(port, 'silence'));
      signs.take(sign(2, 'answer'));
      await vi.advanceTimersByTimeAsync(5000);
      expect(told).not.toHaveBeenCalled();
      signs.take(sign(1, 'silence'));
      signs.take(sign(4, 'silence'));
      await vi.advanceTimersByTimeAsync(1000);
      signs.take(sign(5, 'silence'));
      await vi.advanceTimersByTimeAsync(500);
      expect(told).toHaveBeenCalledOnce();
      // 3 waits for its first probe for as long as another port has waited for two; 5 has only just been asked.
      expect([1, 2, 3, 4, 5, 6].map((port) => signs.isSilent('10.9.0.1', port))).toEqual([
        true,
        false,
        true,
        true,
        false,
        false,
      ]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('is over where the second probe is answered', async () => {
    vi.useFakeTimers();
    try {
      const signs = new ServiceSigns(() => Date.now());
      const told = vi.fn();
      void signs.silence().then(told);
      signs.take(sign(1, 'silence'));
      signs.take(sign(1, 'silence'));
      await vi.advanceTimersByTimeAsync(1000);
      signs.take(sign(1, 'answer'));
      await vi.advanceTimersByTimeAsync(60_000);
      expect(told).not.toHaveBeenCalled();
    } finally {
      vi.useRealTimers();
    }
  });

  test('scripts that were ended are remembered by port', () => {
    const signs = new ServiceSigns();
    signs.take(sign(9090, 'script cut'));
    expect(signs.wasCut('10.9.0.1', 9090)).toBe(true);
    expect(signs.wasCut('10.9.0.1', 9091)).toBe(false);
  });
});
