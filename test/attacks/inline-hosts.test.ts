/** scan_network with a host of the caller's: no way around the denied networks, and no way to look for SSH servers. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { freePorts, type Listener, listen } from '../e2e/listeners.ts';
import { type Attacked, attacked } from './server.ts';

const { hosts } = z
  .object({
    hosts: z.array(
      z.strictObject({
        host: z.string(),
        port: z.enum(['OPEN', 'CLOSED']),
        user: z.string().default('someone'),
        answer: z.string(),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync(new URL('inline-hosts.json', import.meta.url), 'utf8')));

let server: Attacked;
let somebody: Listener;
let connections = 0;
let closed = 0;
beforeAll(async () => {
  somebody = await listen('0.0.0.0', 0, 'SSH-2.0-somebody\r\n', () => {
    connections += 1;
  });
  closed = await freePorts(1);
  server = await attacked([
    'rateLimit.scansPerMinute=0',
    'remote.allowInlineCredentials=true',
    'remote.connectSeconds=2',
    'remote.allowedHosts=10.0.0.0/8,192.168.0.0/16,127.0.0.0/8,*.lab.internal,::/0',
    'security.deniedNetworks=127.0.66.0/24',
    'security.deniedNames=*.secret.lab.internal',
  ]);
});
afterAll(async () => {
  await server.close();
  await somebody.close();
});

it.each(hosts)('$host $port as $user: $answer', async ({ host, port, user, answer }) => {
  const told = await server.rest('owner', 'POST', '/tools/scan_network/execute', {
    target: '127.0.0.1',
    port_range: '80',
    host,
    ssh_port: port === 'OPEN' ? somebody.port : closed,
    ssh_user: user,
    ssh_pwd: 'secret',
  });
  const { error } = z
    .object({ error: z.looseObject({ code: z.string(), message: z.string() }) })
    .parse(JSON.parse(told.text));
  if (answer === 'unknown') {
    expect(error).toMatchObject({
      code: 'host_key_refused',
      message: expect.stringMatching(
        /^The host key of \[[^\]]+\]:\d+ is not known, so it was not spoken to\.$/,
      ),
    });
  } else expect(error.code, error.message).toBe(answer);
  expect(connections).toBe(0);
});
