import { expect, it } from 'vitest';
import { inlineRoute } from '../../../../src/nmap/ssh/scanner-from-call.ts';
import { createDenials } from '../../../../src/policy/scope.ts';
import { DEFAULT_POLICY } from '../../../defaults.ts';

const settings = {
  allowedHosts: ['*.lab.internal', '10.0.0.0/8'],
  keyDirectories: [],
  scope: createDenials({ ...DEFAULT_POLICY, deniedNetworks: ['10.6.0.0/16'] }),
  home: '/nowhere',
};

it.each([
  ['scanner.lab.internal', '10.1.2.3', undefined],
  ['scanner.lab.internal', '10.6.6.6', 'denied by the configuration'],
  ['scanner.lab.internal', '::ffff:10.6.6.6', 'denied by the configuration'],
  ['scanner.lab.internal', '169.254.169.254', 'never scanned'],
  ['scanner.lab.internal', 'no address', 'cannot be read'],
  ['scanner.elsewhere.net', '192.0.2.7', ''],
])('%s, looked up as %s: %s', async (host, address, why) => {
  const asked = { host, port: 22, user: 'someone', password: 'secret' };
  const { refuseAddress } = await inlineRoute(asked, settings);
  const refusal = refuseAddress?.(address);
  if (why === undefined) expect(refusal).toBeUndefined();
  else expect(refusal).toContain(why);
});
