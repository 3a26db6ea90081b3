/** `npm run quickstart`: from a fresh clone to a first scan of this machine's own loopback. */
import { build } from './build.mjs';
import { ensureNpmPackages, ensurePrograms } from './packages.mjs';
import { command, NODE, run, say } from './steps.mjs';

await command(() => {
  say('1/3  Packages');
  ensureNpmPackages();
  ensurePrograms({ nmap: 'nmap', ping: 'iputils-ping', traceroute: 'traceroute' }, 'scanning');
  say('2/3  Build');
  build();
  say('3/3  A scan of 127.0.0.1 through MCP');
  // From here on with the Node that was just installed.
  if (!run(NODE, ['scripts/first-scan.ts']).ok) process.exitCode = 1;
});
