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

/** Environment variables. */
export const ENV_ALIASES: ReadonlyMap<string, string> = new Map([
  ['PORT_HUNTER_TOKEN', 'captures.token'],
  ['PORT_HUNTER_REQUIRE_TOKEN', 'captures.requireToken'],
  ['PORT_HUNTER_ALLOWED_DIR', 'captures.allowedDir'],
  ['PORT_HUNTER_MAX_PCAP_MB', 'captures.maxFileMb'],
  ['PORT_HUNTER_ALLOW_PRIVATE', 'captures.allowPrivate'],
  ['MCP_SERVER_TRANSPORT', 'server.transport'],
  ['MCP_SERVER_HOST', 'server.host'],
  ['MCP_SERVER_PORT', 'server.port'],
  // Their workers were what ran scans side by side.
  ['MCP_SERVER_WORKERS', 'scans.maxConcurrentTasks'],
  ['MCP_SERVER_MAX_CONNECTIONS', 'server.maxConnections'],
  ['MCP_SECURITY_ALLOW_INTRUSIVE', 'security.allowIntrusive'],
  ['MCP_SECURITY_MAX_ARGS_LENGTH', 'tools.maxArgsLength'],
  ['MCP_SECURITY_MAX_OUTPUT_SIZE', 'tools.maxStdoutBytes'],
  ['MCP_SECURITY_TIMEOUT_SECONDS', 'tools.timeoutSeconds'],
  ['MCP_SECURITY_CONCURRENCY_LIMIT', 'tools.concurrency'],
  ['MCP_MAX_ARGS_LEN', 'tools.maxArgsLength'],
  ['MCP_MAX_STDOUT_BYTES', 'tools.maxStdoutBytes'],
  ['MCP_MAX_STDERR_BYTES', 'tools.maxStderrBytes'],
  ['MCP_DEFAULT_TIMEOUT_SEC', 'tools.timeoutSeconds'],
  ['MCP_DEFAULT_CONCURRENCY', 'tools.concurrency'],
  ['TOOL_INCLUDE', 'tools.include'],
  ['TOOL_EXCLUDE', 'tools.exclude'],
  ['LOG_LEVEL', 'logging.level'],
  ['MCP_LOGGING_FILE_PATH', 'logging.file'],
  ['MCP_SERVER_SHUTDOWN_GRACE_PERIOD', 'server.shutdownGraceSeconds'],
  ['MCP_CIRCUIT_BREAKER_FAILURE_THRESHOLD', 'circuitBreaker.failureThreshold'],
  ['MCP_CIRCUIT_BREAKER_RECOVERY_TIMEOUT', 'circuitBreaker.recoverySeconds'],
  ['MCP_CIRCUIT_BREAKER_HALF_OPEN_SUCCESS_THRESHOLD', 'circuitBreaker.halfOpenSuccesses'],
  ['MCP_HEALTH_CHECK_INTERVAL', 'health.intervalSeconds'],
  ['MCP_HEALTH_CPU_THRESHOLD', 'health.cpuPercent'],
  ['MCP_HEALTH_MEMORY_THRESHOLD', 'health.memoryPercent'],
  ['MCP_HEALTH_DISK_THRESHOLD', 'health.diskPercent'],
  ['MCP_METRICS_ENABLED', 'metrics.enabled'],
  ['MCP_METRICS_PROMETHEUS_PORT', 'metrics.port'],
  ['MCP_MAX_MEMORY_MB', 'scans.maxMemoryMb'],
  ['MCP_MAX_FILE_DESCRIPTORS', 'scans.maxOpenFiles'],
  // Named by the OpenTelemetry specification, "Exporter Protocol".
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'metrics.tracesEndpoint'],
]);

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
      ['sse', 'http'],
    ]),
  ],
]);
