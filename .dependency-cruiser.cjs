/** The import direction of docs/architecture.md; `npm run layers` fails on any arrow that points the wrong way. */
const layer = (name, mayImport) => ({
  name: `${name}-imports`,
  severity: 'error',
  comment: `src/${name} may import only: ${mayImport.join(', ') || 'nothing of ours'}`,
  from: { path: `^src/${name}/` },
  to: { path: '^src/', pathNot: `^src/(${[name, ...mayImport].join('|')})/` },
});
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: '(\\.d\\.ts|/rest/page/page\\.js)$' }, to: {} },
    layer('core', []),
    layer('policy', ['core']),
    layer('nmap', ['core', 'policy']),
    layer('store', ['core']),
    layer('captures', ['core']),
    layer('intel', ['core']),
    layer('scans', ['core', 'store', 'policy', 'nmap']),
    layer('tools', ['core', 'scans', 'captures', 'intel', 'inventory', 'exchange', 'schedules', 'alerts']),
    layer('transports', ['core', 'tools']),
    layer('observe', ['core']),
    layer('config', ['core']),
    // Rooms that are planned (docs/architecture.md): their arrows are fixed before they are filled.
    layer('inventory', ['core', 'store']),
    layer('schedules', ['core', 'store', 'inventory', 'scans']),
    layer('alerts', ['core', 'store', 'inventory']),
    // The reader of nmap's XML knows nothing of processes.
    layer('exchange', ['core', 'inventory', 'nmap/xml']),
    layer('accounts', ['core', 'store']),
    layer('nodes', ['core', 'store', 'policy', 'scans']),
    {
      name: 'web-knows-only-the-api',
      severity: 'error',
      comment: 'web/ talks REST; the types of the API are generated into web/src/api/tools.ts',
      from: { path: '^web/' },
      to: { path: '^(src|test|scripts)/' },
    },
    {
      name: 'server-without-web',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^web/' },
    },
    {
      name: 'app-is-for-the-command-line',
      severity: 'error',
      comment: 'src/app builds the others, so none of them may know it',
      from: { path: '^src/', pathNot: '^src/(app|cli)/|^src/main.ts$' },
      to: { path: '^src/(app|cli)/' },
    },
    {
      name: 'one-place-for-the-mcp-sdk',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(transports/mcp|cli)/' },
      to: { path: 'node_modules/@modelcontextprotocol' },
    },
    {
      name: 'one-choke-point-for-processes',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/nmap/' },
      // `open` starts the browser.
      to: { path: '^(node:)?child_process$|node_modules/open/' },
    },
    {
      name: 'one-choke-point-for-ssh',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/nmap/ssh/' },
      to: { path: 'node_modules/(ssh2|ssh-config)/' },
    },
    {
      name: 'one-place-for-sql',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/store/' },
      to: { path: 'node_modules/(kysely|better-sqlite3|pg)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    exclude: { path: '^(dist|coverage)/' },
  },
};
