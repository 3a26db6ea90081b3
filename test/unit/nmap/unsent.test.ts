import { expect, test } from 'vitest';
import { Unsent } from '../../../src/nmap/coverage/unsent.ts';

const told = (unsent: Unsent, local = true) =>
  unsent.notes(local).map(({ hosts, message }) => [message, hosts]);

test('a skipped target is told with the cause that nmap gave, in whichever order the two come', () => {
  for (const order of [0, 1]) {
    const unsent = new Unsent();
    const steps = [
      () => unsent.read('setup_target: failed to determine route to 172.16.5.5'),
      () => unsent.skippedByNmap('172.16.5.5', 'invalid'),
    ];
    for (const step of order === 0 ? steps : steps.reverse()) step();
    expect(told(unsent)).toEqual([
      ['no route to 172.16.5.5 from this machine: nothing was sent.', ['172.16.5.5']],
    ]);
    expect(told(unsent, false)[0]?.[0]).toContain('from the scanner');
    expect(unsent.addresses).toBe(1);
  }
});

test('what nmap skipped for another reason keeps its words', () => {
  const unsent = new Unsent();
  unsent.skippedByNmap('a..b', 'invalid');
  expect(told(unsent)).toEqual([['nmap skipped a..b (invalid).', ['a..b (invalid)']]]);
  expect(unsent.addresses).toBe(0);
});

test('packets that the system refused are counted by its reason, and those after the tenth are "or more"', () => {
  const unsent = new Unsent();
  for (let i = 0; i < 10; i++) {
    unsent.read(
      `sendto in send_ip_packet_sd: sendto(3, packet, 44, 0, 10.0.0.${i % 2}, 16) => Operation not permitted`,
    );
    unsent.read('Offending packet: TCP 10.0.0.9:59273 > 10.0.0.1:21 S ttl=39 id=65417 iplen=44');
  }
  expect(told(unsent)[0]?.[0]).toMatch(
    /^this machine itself did not send 10 packets to 2 hosts \(Operation not permitted\)/,
  );
  unsent.read(
    'Omitting future Sendto error messages now that 10 have been shown.  Use -d2 if you really want to see them.',
  );
  expect(told(unsent)[0]?.[0]).toContain('10 or more packets');
  expect([unsent.isRefused('10.0.0.1'), unsent.isRefused('10.0.0.2')]).toEqual([true, false]);
});

test.each([
  ['No buffer space available', 'a slower scan'],
  ['Network is down', 'interface is down'],
  ['Network is unreachable', 'no route'],
  ['Message too long', 'its system refuses'],
])('%s is explained', (why, words) => {
  const unsent = new Unsent();
  unsent.read(`sendto in send_ip_packet_sd: sendto(3, packet, 44, 0, 10.0.0.1, 16) => ${why}`);
  expect(told(unsent)[0]?.[0]).toContain(words);
});

test("nmap's strange errors and round trips below zero are told", () => {
  const unsent = new Unsent();
  unsent.read("Strange read error from 10.6.0.1 (22 - 'Invalid argument')");
  unsent.read('adjust_timeouts2: packet supposedly had rtt of -42371 microseconds.  Ignoring time.');
  const lines = told(unsent).map(([message]) => message);
  expect(lines[0]).toContain('1 packet to 10.6.0.1 (Invalid argument)');
  expect(lines[1]).toContain('1 round trips below zero');
});
