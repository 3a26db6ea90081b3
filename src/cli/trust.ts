/** `portolan trust`: shows the host key of a scanner, and makes it known once somebody has compared it. */

import { isIP } from 'node:net';
import { createRemote } from '../app/remote.ts';
import type { Config } from '../config/schema.ts';
import { parseAddress } from '../core/address.ts';
import { PortolanError } from '../core/errors.ts';
import type { ScannerRoute } from '../nmap/ssh/scanner.ts';
import { allowedOnly } from '../nmap/ssh/scanner-from-call.ts';
import { addressedRoute } from '../nmap/ssh/scanner-routes.ts';
import { type TrustQuestion, trustRoute } from '../nmap/ssh/trust.ts';
import { createDenials } from '../policy/scope.ts';
import { EXIT } from './exit-codes.ts';
import { type CommonOptions, loadFor } from './options.ts';
import { agrees, note, print } from './terminal.ts';

/** @param name of a scanner in the configuration, or [user@]host[:port] for one that calls describe themselves. */
export async function trust(name: string, options: CommonOptions & { yes?: boolean }): Promise<number> {
  const { config } = await loadFor(options);
  const { routeOf, settings } = createRemote(config, async () => []);
  const route = routeOf(name) ?? named(name, config);
  const { added, known } = await trustRoute(route, settings, (question) =>
    agree(name, question, options.yes),
  );
  for (const { host, fingerprint, file } of added)
    print(`Trusted: ${host} ${fingerprint} (written to ${file})`);
  if (added.length === 0) print(`Nothing to do. ${known.join('; ')}.`);
  return EXIT.ok;
}

/** A host that only this command names is connected to where calls may connect to, and the scope does not deny it. */
function named(name: string, { remote, security }: Config): ScannerRoute {
  const route = addressedRoute(name, Object.keys(remote.scanners));
  const [{ host }] = route.hops;
  const allowed = allowedOnly(host, remote.allowedHosts);
  // remote.allowedHosts says more than the scope of scans, but not more than what that denies.
  const scope = createDenials(security);
  const refusedName = isIP(host) === 0 ? scope.refuseName(host) : undefined;
  if (refusedName) throw refusedName;
  return {
    ...route,
    refuseAddress(address) {
      const at = parseAddress(address);
      const span = at && { family: at.family, first: at.value, last: at.value };
      return allowed(address) ?? (span && scope.refuse(span, address)?.message);
    },
  };
}

async function agree(name: string, question: TrustQuestion, yes: boolean | undefined): Promise<boolean> {
  const { host, type, fingerprint, changed } = question;
  print(`${host} has the key ${type} ${fingerprint}`);
  if (changed !== undefined) {
    print(`ATTENTION: it was another one before (${changed}). Somebody may be between you and the machine.`);
  }
  if (yes) return true;
  note('Compare it with what ssh-keygen -lf says of the host key on that machine itself.');
  const agreed = await agrees('Is it the same?');
  if (agreed !== undefined) return agreed;
  throw new PortolanError(
    'host_key_refused',
    `Nobody is there to say whether ${host} has the key ${fingerprint}.`,
    `Compare it (on that machine: ssh-keygen -lf /etc/ssh/ssh_host_${shortType(type)}_key.pub), then run \`portolan trust ${name} --yes\`.`,
  );
}

function shortType(type: string): string {
  return type.startsWith('ecdsa') ? 'ecdsa' : type.replace(/^ssh-/, '');
}
