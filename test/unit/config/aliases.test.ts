/** The names that earlier servers documented, each shown to reach a setting that has an effect of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ENV_ALIASES } from '../../../src/config/aliases.ts';
import { dataDirectory } from '../../../src/config/directories.ts';
import { SETTING_BY_KEY } from '../../../src/config/flat-settings.ts';
import { loadConfig } from '../../../src/config/load.ts';

/** Name, a value as those servers documented it, the setting, and what it comes to. */
const DOCUMENTED: readonly [name: string, value: string, key: string, becomes: unknown][] = [
  ['MCP_SERVER_TRANSPORT', 'http', 'server.transport', 'http'],
  ['MCP_SERVER_HOST', '0.0.0.0', 'server.host', '0.0.0.0'],
  ['MCP_SERVER_PORT', '8080', 'server.port', 8080],
  ['MCP_SERVER_MAX_CONNECTIONS', '50', 'server.maxConnections', 50],
  ['MCP_SERVER_SHUTDOWN_GRACE_PERIOD', '12.5', 'server.shutdownGraceSeconds', 12.5],
  ['MCP_SECURITY_ALLOW_INTRUSIVE', 'true', 'security.allowIntrusive', true],
  ['MCP_SECURITY_MAX_ARGS_LENGTH', '1000', 'tools.maxArgsLength', 1000],
  ['MCP_SECURITY_MAX_OUTPUT_SIZE', '2097152', 'tools.maxStdoutBytes', 2_097_152],
  ['MCP_SECURITY_TIMEOUT_SECONDS', '120', 'tools.timeoutSeconds', 120],
  ['MCP_SECURITY_CONCURRENCY_LIMIT', '3', 'tools.concurrency', 3],
  ['MCP_CIRCUIT_BREAKER_FAILURE_THRESHOLD', '7', 'circuitBreaker.failureThreshold', 7],
  ['MCP_CIRCUIT_BREAKER_RECOVERY_TIMEOUT', '30', 'circuitBreaker.recoverySeconds', 30],
  ['MCP_CIRCUIT_BREAKER_HALF_OPEN_SUCCESS_THRESHOLD', '2', 'circuitBreaker.halfOpenSuccesses', 2],
  ['MCP_HEALTH_CHECK_INTERVAL', '15', 'health.intervalSeconds', 15],
  ['MCP_HEALTH_CPU_THRESHOLD', '80.0', 'health.cpuPercent', 80],
  ['MCP_HEALTH_MEMORY_THRESHOLD', '81', 'health.memoryPercent', 81],
  ['MCP_HEALTH_DISK_THRESHOLD', '82', 'health.diskPercent', 82],
  ['MCP_METRICS_ENABLED', 'false', 'metrics.enabled', false],
  ['MCP_METRICS_PROMETHEUS_PORT', '9090', 'metrics.port', 9090],
  ['MCP_LOGGING_FILE_PATH', '/var/log/portolan.log', 'logging.file', '/var/log/portolan.log'],
  ['MCP_LOGGING_LEVEL', 'WARNING', 'logging.level', 'warn'],
  ['MCP_LOGGING_FORMAT', 'json', 'logging.format', 'json'],
  ['MCP_TOOL_DEFAULT_TIMEOUT', '45', 'tools.timeoutSeconds', 45],
  ['MCP_TOOL_DEFAULT_CONCURRENCY', '6', 'tools.concurrency', 6],
  ['MCP_MAX_ARGS_LEN', '1024', 'tools.maxArgsLength', 1024],
  ['MCP_MAX_STDOUT_BYTES', '65536', 'tools.maxStdoutBytes', 65_536],
  ['MCP_MAX_STDERR_BYTES', '32768', 'tools.maxStderrBytes', 32_768],
  ['MCP_DEFAULT_TIMEOUT_SEC', '60', 'tools.timeoutSeconds', 60],
  ['MCP_DEFAULT_CONCURRENCY', '5', 'tools.concurrency', 5],
  ['MCP_MAX_MEMORY_MB', '512', 'scans.maxMemoryMb', 512],
  ['MCP_MAX_FILE_DESCRIPTORS', '256', 'scans.maxOpenFiles', 256],
  ['TOOL_INCLUDE', 'quick_scan, PingTool', 'tools.include', ['quick_scan', 'PingTool']],
  ['TOOL_EXCLUDE', 'NmapTool', 'tools.exclude', ['NmapTool']],
  ['LOG_LEVEL', 'DEBUG', 'logging.level', 'debug'],
  ['LOG_LEVEL', 'WARNING', 'logging.level', 'warn'],
  ['LOG_LEVEL', 'Critical', 'logging.level', 'error'],
];

const HOME = { XDG_CONFIG_HOME: '/no/such/folder' };

test.each(DOCUMENTED)('%s=%s is %s', async (name, value, key, becomes) => {
  const [group = '', setting = ''] = key.split('.');
  const valueIn = async (env: Record<string, string>) =>
    ((await loadConfig({ env: { ...HOME, ...env } })).config as Record<string, Record<string, unknown>>)[
      group
    ]?.[setting];
  expect(await valueIn({})).not.toEqual(becomes);
  expect(await valueIn({ [name]: value })).toEqual(becomes);
});

test('every name of the table leads to a setting that exists', () => {
  for (const [name, key] of ENV_ALIASES) expect(SETTING_BY_KEY.has(key), name).toBe(true);
});

test('our own name goes before theirs, and what is wrong is told by the name that said it', async () => {
  const { config } = await loadConfig({
    env: { ...HOME, MCP_SERVER_PORT: '8080', PORTOLAN_SERVER__PORT: '9000' },
  });
  expect(config.server.port).toBe(9000);
  await expect(loadConfig({ env: { ...HOME, MCP_SERVER_PORT: 'http' } })).rejects.toThrow(/MCP_SERVER_PORT/);
  await expect(loadConfig({ env: { ...HOME, LOG_LEVEL: 'loudest' } })).rejects.toThrow(/LOG_LEVEL/);
});

test('MCP_CONFIG_FILE names the file, unless PORTOLAN_CONFIG does', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-alias-'));
  const [theirs, ours] = ['theirs.yaml', 'ours.json'].map((name) => join(folder, name)) as [string, string];
  writeFileSync(theirs, 'scans:\n  queueLimit: 7\n');
  writeFileSync(ours, '{"scans": {"queueLimit": 8}}');
  const load = async (env: Record<string, string>) =>
    (await loadConfig({ env: { ...HOME, ...env } })).config.scans;
  expect((await load({ MCP_CONFIG_FILE: theirs })).queueLimit).toBe(7);
  expect((await load({ MCP_CONFIG_FILE: theirs, PORTOLAN_CONFIG: ours })).queueLimit).toBe(8);
  rmSync(folder, { recursive: true });
});

/** The whole configuration of the larger predecessor: each key leads somewhere or is named. */
const LARGER = `
server: {transport: streamable-http, host: 127.0.0.2, port: 8081, workers: 1, max_connections: 77, shutdown_grace_period: 12.5}
security:
  allow_intrusive: true
  max_args_length: 1001
  max_output_size: 2097152
  timeout_seconds: 301
  concurrency_limit: 3
  allowed_targets: [RFC1918, .lab.internal]
circuit_breaker: {failure_threshold: 7, recovery_timeout: 30, half_open_success_threshold: 2}
health: {check_interval: 15, cpu_threshold: 80.0, memory_threshold: 81, disk_threshold: 82}
metrics: {enabled: true, prometheus_enabled: true, prometheus_port: 9091}
logging: {level: WARNING, format: "%(asctime)s %(message)s", file_path: /var/log/theirs.log}
tool: {default_timeout: 302, default_concurrency: 4}
`;

async function loadText(content: string, name = 'theirs.yaml') {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-alias-'));
  try {
    writeFileSync(join(folder, name), content);
    return await loadConfig({ file: join(folder, name), env: HOME });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the file of the larger predecessor is taken, and what has no counterpart is named with what there is instead', async () => {
  const { config, notices } = await loadText(LARGER);
  expect(config).toMatchObject({
    server: {
      transport: 'http',
      host: '127.0.0.2',
      port: 8081,
      maxConnections: 77,
      shutdownGraceSeconds: 12.5,
    },
    security: { allowIntrusive: true, allowedNetworks: [], allowedNames: [] },
    scans: { maxConcurrentTasks: 10 },
    tools: { maxArgsLength: 1001, maxStdoutBytes: 2_097_152, timeoutSeconds: 302, concurrency: 4 },
    circuitBreaker: { failureThreshold: 7, recoverySeconds: 30, halfOpenSuccesses: 2 },
    health: { intervalSeconds: 15, cpuPercent: 80, memoryPercent: 81, diskPercent: 82 },
    metrics: { enabled: true, port: 9091 },
    logging: { level: 'warn', format: 'text', file: '/var/log/theirs.log' },
  });
  const said = notices.join('\n');
  expect(said).toMatch(/server\.workers .*scans\.maxConcurrentTasks/);
  expect(said).toMatch(/security\.allowed_targets .*security\.allowedNetworks/);
  expect(said).toMatch(/metrics\.prometheus_enabled .*metrics\.enabled/);
  expect(said).toMatch(/logging\.format .*text or json/);
  expect(said).toMatch(/tool\.default_timeout .*counts, and security\.timeout_seconds .* does not/);
  expect(said).toMatch(/tool\.default_concurrency .*counts, and security\.concurrency_limit .* does not/);
  expect(notices).toHaveLength(6);
});

test.each([
  ['security:\n  allowed_targets: [10.0.0.0/8]\n', /security\.allowed_targets.*security\.deniedNetworks/],
  ['metrics:\n  prometheus_enabled: false\n', /metrics\.prometheus_enabled.*metrics\.enabled/],
  ['health:\n  cpu_limit: 5\n', /no setting health\.cpu_limit/],
  ['circuit_breaker:\n  threshold: 5\n', /no setting circuit_breaker\.threshold/],
])('what would be dropped is refused: %j', async (content, expected) => {
  await expect(loadText(content)).rejects.toThrow(expected);
});

test('one worker of theirs is not one scan at a time, and their scope is not widened without a word', async () => {
  const { config, notices } = await loadConfig({ env: { ...HOME, MCP_SERVER_WORKERS: '1' } });
  expect(config.scans.maxConcurrentTasks).toBe(10);
  expect(notices).toEqual([expect.stringMatching(/^MCP_SERVER_WORKERS .*scans\.maxConcurrentTasks/)]);
  const scope = { ...HOME, MCP_SECURITY_ALLOWED_TARGETS: '192.168.7.0/24' };
  await expect(loadConfig({ env: scope })).rejects.toThrow(/MCP_SECURITY_ALLOWED_TARGETS/);
});

test('the file of the smaller predecessor is taken: its database in the data folder, its nmap from PATH', async () => {
  const { config, notices } = await loadText(
    JSON.stringify({
      host: '127.0.0.1',
      port: 3004,
      path: '/mcp',
      token: 'K2m9x-Qw7vT4',
      sync_timeout: 30,
      max_concurrent_tasks: 5,
      db_path: 'nmap_tasks.db',
      nmap_path: 'nmap',
    }),
    'config.json',
  );
  expect(config.scans).toMatchObject({
    database: join(dataDirectory(), 'nmap_tasks.db'),
    nmapPath: 'nmap',
    syncWaitSeconds: 30,
    maxConcurrentTasks: 5,
  });
  expect(config.server).toMatchObject({ port: 3004, path: '/mcp', token: 'K2m9x-Qw7vT4' });
  expect(notices).toEqual([]);
});
