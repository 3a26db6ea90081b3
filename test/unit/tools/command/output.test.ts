/** What is read out of the output of ping and traceroute, as those programs print it. */
import { expect, it } from 'vitest';
import { pingSummary } from '../../../../src/tools/command/ping-tool.ts';
import { readHops } from '../../../../src/tools/command/traceroute-tool.ts';

it('hops have their number, name, address and times', () => {
  const text = `traceroute to files.lab.internal (10.9.0.2), 30 hops max, 60 byte packets
 1  gateway.lab.internal (10.0.0.1)  0.451 ms  0.380 ms  0.377 ms
 2  10.4.0.1  1.5 ms * 2 ms
 3  * * *
 4  10.5.0.1 (10.5.0.1)  3.1 ms a.lab.internal (10.5.0.2)  3.4 ms  3.2 ms
 5  fd00::5 (fd00::5)  9 ms !X  9.5 ms !X *
`;
  expect(readHops(text)).toEqual([
    { number: 1, name: 'gateway.lab.internal', address: '10.0.0.1', milliseconds: [0.451, 0.38, 0.377] },
    { number: 2, address: '10.4.0.1', milliseconds: [1.5, null, 2] },
    { number: 3, address: null, milliseconds: [null, null, null] },
    {
      number: 4,
      address: '10.5.0.1',
      milliseconds: [3.1, 3.4, 3.2],
      others: [{ name: 'a.lab.internal', address: '10.5.0.2' }],
    },
    { number: 5, address: 'fd00::5', milliseconds: [9, 9.5, null], notes: ['!X', '!X'] },
  ]);
});

it('a line that is no hop, or was cut off, is none', () => {
  expect(readHops('')).toEqual([]);
  expect(readHops('traceroute: bad\n\n 7\n')).toEqual([]);
  expect(readHops(' 8  10.0.0.1 (10.0')).toEqual([{ number: 8, address: '10.0.0.1', milliseconds: [] }]);
});

it('ping is counted', () => {
  const head = 'PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n\n--- 127.0.0.1 ping statistics ---\n';
  expect(
    pingSummary(
      `${head}3 packets transmitted, 2 received, 33.3333% packet loss, time 2000ms\nrtt min/avg/max/mdev = 0.021/0.030/0.040/0.008 ms\n`,
    ),
  ).toEqual({
    packets_sent: 3,
    packets_received: 2,
    loss_percent: 33.3,
    rtt_ms: { min: 0.021, avg: 0.03, max: 0.04, mdev: 0.008 },
  });
  expect(
    pingSummary(`${head}2 packets transmitted, 0 received, +2 errors, 100% packet loss, time 1ms\n`),
  ).toEqual({ packets_sent: 2, packets_received: 0, loss_percent: 100 });
  expect(pingSummary('PING 127.0.0.1')).toEqual({});
});
