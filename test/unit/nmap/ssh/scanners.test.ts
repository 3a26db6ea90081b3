import { describe, expect, it } from 'vitest';
import { CircuitBreaker, DEFAULT_BREAKER } from '../../../../src/core/breaker.ts';
import type { ScannerRoute } from '../../../../src/nmap/ssh/scanner.ts';
import { createScanners } from '../../../../src/nmap/ssh/scanners.ts';
import { createHostKeys } from '../../../../src/nmap/ssh/trusted-host-keys.ts';

const route = (host: string): ScannerRoute => ({
  name: 'dmz',
  hops: [{ host, port: 22, user: 'u', auth: { kind: 'password', password: () => 'secret' } }],
  sudo: false,
});

function scannersOf(routes: Map<string, ScannerRoute>) {
  return createScanners({
    names: () => [...routes.keys()],
    routeOf: (name) => routes.get(name),
    breakerOf: (name) => new CircuitBreaker(name, () => DEFAULT_BREAKER),
    settings: {
      hostKeys: createHostKeys([], '/nonexistent/known_hosts'),
      timeoutMs: 1000,
      lostAfterMs: 1000,
      pool: { maxScans: 1, idleMs: 1000 },
      resolve: async () => [],
    },
  });
}

describe('scanners', () => {
  it('of the configuration stay the same until it changes', () => {
    const routes = new Map([['dmz', route('10.0.0.1')]]);
    const scanners = scannersOf(routes);
    const first = scanners.get('dmz');
    routes.set('dmz', route('10.0.0.1'));
    expect(scanners.get('dmz')).toBe(first);
    routes.set('dmz', route('10.0.0.2'));
    expect(scanners.get('dmz')).not.toBe(first);
    routes.delete('dmz');
    expect(() => scanners.get('dmz')).toThrow(/There is no scanner "dmz"/);
  });

  it('of a call are known by their handle, until they are let go', () => {
    const scanners = scannersOf(new Map());
    const handle = scanners.hold(route('10.0.0.1'));
    expect(handle).not.toContain('10.0.0.1');
    expect(scanners.get(handle).name).toBe('dmz');
    expect(scanners.hold(route('10.0.0.1'))).not.toBe(handle);
    scanners.release(handle);
    expect(() => scanners.get(handle)).toThrow(/in memory only/);
    expect(() => scannersOf(new Map()).get(handle)).toThrow(/in memory only/);
  });
});
