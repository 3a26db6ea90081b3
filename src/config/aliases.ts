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
  ['MCP_SERVER_SHUTDOWN_GRACE_PERIOD', 'server.shutdownGraceSeconds'],
  ['MCP_CIRCUIT_BREAKER_FAILURE_THRESHOLD', 'circuitBreaker.failureThreshold'],
  ['MCP_CIRCUIT_BREAKER_RECOVERY_TIMEOUT', 'circuitBreaker.recoverySeconds'],
  ['MCP_CIRCUIT_BREAKER_HALF_OPEN_SUCCESS_THRESHOLD', 'circuitBreaker.halfOpenSuccesses'],
  ['MCP_HEALTH_CHECK_INTERVAL', 'health.intervalSeconds'],
  ['MCP_HEALTH_CPU_THRESHOLD', 'health.cpuPercent'],
  ['MCP_HEALTH_MEMORY_THRESHOLD', 'health.memoryPercent'],
  ['MCP_HEALTH_DISK_THRESHOLD', 'health.diskPercent'],
  ['MCP_METRICS_ENABLED', 'metrics.enabled'],
  ['MCP_MAX_MEMORY_MB', 'scans.maxMemoryMb'],
  ['MCP_MAX_FILE_DESCRIPTORS', 'scans.maxOpenFiles'],
  // Named by the OpenTelemetry specification, "Exporter Protocol".
  ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'metrics.tracesEndpoint'],
]);
