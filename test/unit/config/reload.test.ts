import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SETTINGS } from '../../../src/config/flat-settings.ts';
import { defaultConfig, loadConfig } from '../../../src/config/load.ts';
import { countsAtStart, reload } from '../../../src/config/reload.ts';
import { type ConfigWatch, watchConfig } from '../../../src/config/watch.ts';
import type { PortolanError } from '../../../src/core/errors.ts';

describe('a reload', () => {
  it('changes values in place, and only those that may change while we run', () => {
    const config = defaultConfig();
    const { security, scans } = config;
    const next = defaultConfig();
    next.security.allowedNetworks = ['10.1.0.0/16'];
    next.scans.nmapPath = '/opt/nmap';
    next.server.port = 9999;
    next.tools.plugins = '/somewhere';
    expect(reload(config, next)).toEqual({
      changed: ['security.allowedNetworks', 'scans.nmapPath'],
      waiting: ['server.port', 'tools.plugins'],
    });
    expect(config.security).toBe(security);
    expect(security.allowedNetworks).toEqual(['10.1.0.0/16']);
    expect(scans.nmapPath).toBe('/opt/nmap');
    expect(config.server.port).toBe(8765);
    expect(reload(config, defaultConfig()).changed).toEqual(['security.allowedNetworks', 'scans.nmapPath']);
    expect('nmapPath' in scans).toBe(false);
  });

  it('says of the same configuration that nothing changed', () => {
    expect(reload(defaultConfig(), defaultConfig())).toEqual({ changed: [], waiting: [] });
  });

  it('leaves most settings free to change', () => {
    const fixed = SETTINGS.filter(countsAtStart).map(({ key }) => key);
    for (const key of ['server.port', 'scans.database', 'tools.plugins']) expect(fixed).toContain(key);
    expect(fixed.some((key) => /^(security|rateLimit|captures|detection|circuitBreaker)\./.test(key))).toBe(
      false,
    );
  });
});

describe('the watching', () => {
  let folder: string;
  let file: string;
  let watching: ConfigWatch | undefined;
  let seen: string[];
  let heard: Promise<void>;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'portolan-watch-'));
    file = join(folder, 'portolan.yaml');
    seen = [];
  });
  afterEach(() => {
    watching?.close();
    rmSync(folder, { recursive: true });
  });

  function follow(path = file): void {
    let hear = () => {};
    const next = () => {
      heard = new Promise((resolve) => {
        hear = resolve;
      });
    };
    next();
    const say = (what: string) => {
      seen.push(what);
      const done = hear;
      next();
      done();
    };
    watching = watchConfig({
      file: path,
      load: () => loadConfig({ file: path, env: {} }),
      onChange: ({ config }) => say(`queueLimit ${config.scans.queueLimit}`),
      onRefused: (why: PortolanError) => say(`refused ${why.code}`),
      onProblem: (error) => say(`problem ${error}`),
    });
  }
  const limit = (value: unknown) => `scans:\n  queueLimit: ${value}\n`;

  it('tells of a valid change, refuses an invalid one, and goes on', async () => {
    writeFileSync(file, limit(1));
    follow();
    writeFileSync(file, limit(2));
    await heard;
    writeFileSync(file, limit('many'));
    await heard;
    writeFileSync(file, limit(3));
    await heard;
    expect(seen).toEqual(['queueLimit 2', 'refused invalid_config', 'queueLimit 3']);
  });

  it('sees a file that is replaced as editors do, and one that is gone and comes back', async () => {
    writeFileSync(file, limit(1));
    follow();
    writeFileSync(join(folder, '.portolan.yaml.swp'), limit(2));
    renameSync(join(folder, '.portolan.yaml.swp'), file);
    await heard;
    rmSync(file);
    await heard;
    writeFileSync(file, limit(4));
    await heard;
    expect(seen).toEqual(['queueLimit 2', 'refused invalid_config', 'queueLimit 4']);
  });

  it('sees a configuration that Kubernetes replaces through a link', async () => {
    const put = (version: string, value: number) => {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'portolan.yaml'), limit(value));
      symlinkSync(version, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    put('..v1', 1);
    symlinkSync(join('..data', 'portolan.yaml'), file);
    follow();
    put('..v2', 2);
    await heard;
    expect(seen).toEqual(['queueLimit 2']);
  });

  it('takes no notice of other files, nor of one that is written with the same text', async () => {
    writeFileSync(file, limit(1));
    follow();
    writeFileSync(join(folder, 'other.yaml'), limit(9));
    writeFileSync(file, limit(1));
    // A change behind both of them, so that nothing has to be waited for that does not come.
    await new Promise((resolve) => setTimeout(resolve, 400));
    writeFileSync(file, limit(5));
    await heard;
    expect(seen).toEqual(['queueLimit 5']);
  });

  it('reads at once when it is asked to', async () => {
    writeFileSync(file, limit(1));
    follow();
    await watching?.check();
    expect(seen).toEqual(['queueLimit 1']);
  });
});
