/** From which of its addresses this machine asks the targets of a scan: whoever captures traffic sees those. */
import { createSocket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import { formatAddress } from '../../core/address.ts';
import { parseTarget } from '../../core/target.ts';
import type { AllowedScan } from '../../policy/authorize.ts';

/** Targets whose way is looked up; the others most likely go the same ways. */
const MOST = 64;
/** Any port will do; RFC 863. */
const DISCARD = 9;
const LOOK_UP_MS = 1000;

/**
 * Each once, with the prefix of its network: `10.0.0.5/24`. A UDP socket is connected to the first address of each
 * target, which looks up the route and sends no packet (connect(2)). With -e it is the addresses of that interface.
 */
export async function sourceAddresses(scan: AllowedScan): Promise<string[]> {
  const own = Object.entries(networkInterfaces()).flatMap(([name, list = []]) =>
    list.map(({ address, cidr, family }) => ({ name, address, cidr: cidr ?? address, family })),
  );
  const chosen = scan.options.find(({ flag }) => flag === '-e')?.value;
  if (chosen !== undefined)
    return own.flatMap(({ name, family, cidr }) =>
      name === chosen && family === `IPv${scan.family}` ? [cidr] : [],
    );
  const firsts = scan.targets.slice(0, MOST).map((text) => {
    const target = parseTarget(text);
    if (target.kind === 'name') return text;
    const address = formatAddress({ family: target.span.family, value: target.span.first });
    return target.zone === undefined ? address : `${address}%${target.zone}`;
  });
  const found = await Promise.all(firsts.map((address) => sourceTo(address, scan.family)));
  const sources = new Set(found.flatMap((address) => address ?? []));
  return [...sources].map((source) => own.find(({ address }) => address === source)?.cidr ?? source);
}

function sourceTo(address: string, family: 4 | 6): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket({
      type: family === 6 ? 'udp6' : 'udp4',
      // Addresses are numeric here: nobody need be asked.
      lookup: (host, _, callback) => callback(null, host, family),
    });
    const timer = setTimeout(() => end(undefined), LOOK_UP_MS);
    const end = (source: string | undefined) => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => {});
      socket.close();
      resolve(source?.split('%')[0]);
    };
    socket.once('error', () => end(undefined));
    socket.once('connect', () => end(socket.address().address));
    socket.connect(DISCARD, address);
  });
}
