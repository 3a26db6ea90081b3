/** Suspects of a capture held against real looks: ports that we never ask, and addresses that we know to be empty. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Suspect } from '../../../src/captures/findings.ts';
import { createInventory } from '../../../src/inventory/ask.ts';
import { foldWaiting, rulesOf } from '../../../src/inventory/fold.ts';
import type { InventoryService } from '../../../src/inventory/service.ts';
import { openStore, type Store } from '../../../src/store/open.ts';
import { raisedOf } from '../../../src/tools/captures/empty-addresses.ts';
import { knownOf } from '../../../src/tools/captures/known-hosts.ts';
import { HOUR, START, scanLook } from '../../inventory/looks.ts';
import { analyze } from '../captures/answer.ts';
import { FLAG, pcap, synScan, type TcpPacket } from '../captures-access/pcap-writer.ts';

const SCANNER = '192.0.2.66';

let store: Store;
let inventory: InventoryService;
beforeEach(async () => {
  store = await openStore(':memory:');
  inventory = createInventory(async () => store, {
    site: () => 'default',
    version: '0',
    fold: async () => void (await foldWaiting(store, rulesOf())),
  });
}, 60_000);
afterEach(() => store.close());

/** Two of the addresses of 10.0.0.0/24 are there. */
const look = (hour: number) =>
  scanLook(hour, [
    { address: '10.0.0.7', open: [22], closed: '1-21,23-1000' },
    { address: '10.0.0.8', open: [22], closed: '1-21,23-1000' },
  ]);

/** Port 22 of 25 addresses, of which the two that are there answer. */
async function sweep(hour: number, network = '10.0.0'): Promise<Suspect[]> {
  const start = (START + hour * HOUR) / 1000;
  const packets = Array.from({ length: 25 }, (_, i): TcpPacket[] => {
    const dst = `${network}.${i + 1}`;
    const time = start + i / 10;
    if (i === 6 || i === 7)
      return synScan({ scanner: SCANNER, target: dst, ports: [22], open: [22], start: time, pause: 0.001 });
    return [{ time, src: SCANNER, dst, sport: 40_000, dport: 22, flags: FLAG.syn }];
  });
  return (await analyze(pcap(packets.flat().sort((a, b) => a.time - b.time)))).suspects;
}

async function raised(
  suspects: readonly Suspect[],
): Promise<{ before: Suspect; after: Suspect | undefined }> {
  const [before] = suspects;
  if (!before) throw new Error('nobody is suspected');
  return { before, after: (await raisedOf(suspects, { inventory })).get(before) };
}

it('who asks addresses that we know to be empty is more surely a scanner, and is told why', async () => {
  await inventory.handIn([look(1)]);
  const { before, after } = await raised(await sweep(5));
  expect(before.confidence).toBeLessThan(1);
  expect(after?.confidence).toBeGreaterThan(before.confidence);
  expect(after?.reasons.at(-1)).toBe(
    `23 of 25 addresses asked that our scans know are empty, last looked at ${new Date(START + HOUR).toISOString().slice(0, 10)}`,
  );
});

it.each([
  ['a look after the capture', () => [look(9)], '10.0.0'],
  ['a look of the week before last', () => [look(5 - 8 * 24)], '10.0.0'],
  ['no look there', () => [look(1)], '10.0.1'],
  ['a look at ports that searched nobody', () => [scanLook(1, [], { coverage: [] })], '10.0.0'],
])('%s raises nothing', async (_, looks, network) => {
  await inventory.handIn(looks());
  expect((await raised(await sweep(5, network))).after).toBeUndefined();
});

it('nobody is empty who was met before or since', async () => {
  await inventory.handIn([look(1)]);
  const all = Array.from({ length: 25 }, (_, i) => ({ address: `10.0.0.${i + 1}`, open: [22] }));
  await inventory.handIn([scanLook(8, all)]);
  expect((await raised(await sweep(5))).after).toBeUndefined();
});

it('a port that answered somebody and that we never ask is named, to be asked from now on', async () => {
  await inventory.handIn([look(1)]);
  const start = (START + 5 * HOUR) / 1000;
  const ports = [22, ...Array.from({ length: 30 }, (_, i) => 9290 + i)];
  const scan = synScan({ scanner: SCANNER, target: '10.0.0.7', ports, open: [22, 9300], start, pause: 0.01 });
  const { suspects } = await analyze(pcap(scan));
  const [known] = [...(await knownOf(suspects, { inventory })).values()];
  expect(known?.neverAsked).toEqual(['9300/tcp']);
  expect(known?.lines).toContain('  Our scans never asked 9300/tcp there: add it to what they ask.');
});
