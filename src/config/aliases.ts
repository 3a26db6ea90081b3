/**
 * Names that earlier servers of this kind documented, so that their users' files and environments work here. The one
 * table: where it and a name of our own both give a value, our own name wins.
 */

/** Keys at the top of a configuration file. */
export const FILE_ALIASES: ReadonlyMap<string, string> = new Map([
  ['host', 'server.host'],
  ['port', 'server.port'],
  ['path', 'server.path'],
  ['token', 'server.token'],
  ['sync_timeout', 'scans.syncWaitSeconds'],
  ['max_concurrent_tasks', 'scans.maxConcurrentTasks'],
  ['db_path', 'scans.database'],
  ['nmap_path', 'scans.nmapPath'],
  // Ours: a list of machines reads best without a group around it.
  ['scanners', 'remote.scanners'],
]);

/**
 * Keys in the groups of the larger one of those servers, by our own. Each is an environment variable too:
 * `MCP_`, group and key in capitals. Keys that have the same name here stand for their variable alone.
 */
const GROUPED_ALIASES: ReadonlyMap<string, string> = new Map([
  ['server.transport', 'server.transport'],
  ['server.host', 'server.host'],
  ['server.port', 'server.port'],
  ['server.max_connections', 'server.maxConnections'],
  ['server.shutdown_grace_period', 'server.shutdownGraceSeconds'],
  ['security.allow_intrusive', 'security.allowIntrusive'],
  ['security.max_args_length', 'tools.maxArgsLength'],
  ['security.max_output_size', 'tools.maxStdoutBytes'],
  ['security.timeout_seconds', 'tools.timeoutSeconds'],
  ['security.concurrency_limit', 'tools.concurrency'],
  ['circuit_breaker.failure_threshold', 'circuitBreaker.failureThreshold'],
  ['circuit_breaker.recovery_timeout', 'circuitBreaker.recoverySeconds'],
  ['circuit_breaker.half_open_success_threshold', 'circuitBreaker.halfOpenSuccesses'],
  ['health.check_interval', 'health.intervalSeconds'],
  ['health.cpu_threshold', 'health.cpuPercent'],
  ['health.memory_threshold', 'health.memoryPercent'],
  ['health.disk_threshold', 'health.diskPercent'],
  ['metrics.enabled', 'metrics.enabled'],
  ['metrics.prometheus_port', 'metrics.port'],
  ['logging.level', 'logging.level'],
  ['logging.format', 'logging.format'],
  ['logging.file_path', 'logging.file'],
  ['tool.default_timeout', 'tools.timeoutSeconds'],
  ['tool.default_concurrency', 'tools.concurrency'],
]);

/** A key of theirs that no setting of ours is the same as. */
export interface Retired {
  /** What there is instead. */
  successor: string;
  /** Whether this value asks for nothing else than what Portolan does anyway; any other one is refused. Absent: all do. */
  harmless?: (value: unknown) => boolean;
}

/** Keys of theirs in groups that came to nothing here. */
export const RETIRED: ReadonlyMap<string, Retired> = new Map<string, Retired>([
  [
    'server.workers',
    {
      // Their default was 1, of processes that served HTTP: it must not become one scan at a time.
      successor:
        'One process serves all connections. How many scans run at the same time is scans.maxConcurrentTasks.',
    },
  ],
  [
    'security.allowed_targets',
    {
      successor:
        'Private networks and *.lab.internal may be scanned by themselves; security.allowedNetworks and security.allowedNames add to them, security.deniedNetworks and security.deniedNames take away.',
      harmless: (value) =>
        wordsIn(value).every((word) => /^(rfc1918|private|(\*?\.)?lab\.internal)$/i.test(word)),
    },
  ],
  [
    'metrics.prometheus_enabled',
    {
      successor: 'Metrics are those for Prometheus: metrics.enabled switches them off.',
      harmless: (value) => /^(true|1|yes|on)$/i.test(String(value)),
    },
  ],
]);

const wordsIn = (value: unknown): string[] =>
  (Array.isArray(value) ? value.map(String) : String(value).split(',')).map((word) => word.trim());

/** Keys in groups of a file. */
export const GROUP_ALIASES: ReadonlyMap<string, string> = new Map(
  [...GROUPED_ALIASES].filter(([theirs, ours]) => theirs !== ours),
);

const variable = (key: string) => `MCP_${key.replace('.', '_').toUpperCase()}`;

/** Environment variables. */
export const ENV_ALIASES: ReadonlyMap<string, string> = new Map([
  ['PORT_HUNTER_TOKEN', 'captures.token'],
  ['PORT_HUNTER_REQUIRE_TOKEN', 'captures.requireToken'],
  ['PORT_HUNTER_ALLOWED_DIR', 'captures.allowedDir'],
  ['PORT_HUNTER_MAX_PCAP_MB', 'captures.maxFileMb'],
  ['PORT_HUNTER_ALLOW_PRIVATE', 'captures.allowPrivate'],
  ...[...GROUPED_ALIASES].map(([theirs, ours]): [string, string] => [variable(theirs), ours]),
  ['MCP_MAX_ARGS_LEN', 'tools.maxArgsLength'],
  ['MCP_MAX_STDOUT_BYTES', 'tools.maxStdoutBytes'],
  ['MCP_MAX_STDERR_BYTES', 'tools.maxStderrBytes'],
  ['MCP_DEFAULT_TIMEOUT_SEC', 'tools.timeoutSeconds'],
  ['MCP_DEFAULT_CONCURRENCY', 'tools.concurrency'],
  ['TOOL_INCLUDE', 'tools.include'],
  ['TOOL_EXCLUDE', 'tools.exclude'],
  ['LOG_LEVEL', 'logging.level'],
  ['MCP_MAX_MEMORY_MB', 'scans.maxMemoryMb'],
  ['MCP_MAX_FILE_DESCRIPTORS', 'scans.maxOpenFiles'],
  // Named by the OpenTelemetry specification, "Exporter Protocol".
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'metrics.tracesEndpoint'],
]);

/** Variables in their groups, known or not; `MCP_` alone begins those of many others too. */
export const THEIR_VARIABLES = new RegExp(
  `^MCP_(${[...new Set([...GROUPED_ALIASES.keys()].map((key) => key.split('.')[0]))].join('|')})_`.toUpperCase(),
);
export const RETIRED_ENV: ReadonlyMap<string, Retired> = new Map(
  [...RETIRED].map(([theirs, retired]) => [variable(theirs), retired]),
);

/** The variable that named the configuration file. */
export const CONFIG_FILE_ALIAS = 'MCP_CONFIG_FILE';

/** Words for a value that others use, by our own; in small letters. */
export const VALUE_ALIASES: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  [
    'logging.level',
    new Map([
      ['trace', 'debug'],
      ['verbose', 'debug'],
      ['notset', 'debug'],
      ['notice', 'info'],
      ['warning', 'warn'],
      ['critical', 'error'],
      ['fatal', 'error'],
      ['off', 'silent'],
      ['none', 'silent'],
    ]),
  ],
  [
    'server.transport',
    new Map([
      ['streamable-http', 'http'],
      ['streamable_http', 'http'],
      ['streamablehttp', 'http'],
      ['sse', 'http'],
    ]),
  ],
]);
