import { defineCommandTool } from './define-command-tool.ts';
import { decimal, NO_VALUE, wholeNumber } from './grammar.ts';

/** ping of iputils: status 0 is an answer, 1 none at all, 2 another mistake (ping(8)). */
export const pingTool = defineCommandTool({
  name: 'PingTool',
  title: 'Ping one host',
  description:
    'Sends ICMP echo requests to one host and counts what comes back: is it up, how long is the way, how much is lost. ' +
    'No answer does not mean that it is down; many hosts do not answer.',
  command: 'ping',
  package: 'iputils-ping',
  flags: {
    '-c': wholeNumber(1, 10),
    '-i': decimal(0.2, 10),
    '-W': decimal(0.1, 30),
    '-q': NO_VALUE,
  },
  defaults: { '-c': '4' },
  // Names of addresses are not looked up: that would ask a name server for each answer.
  fixed: ['-n'],
  timeout: { seconds: 60, most: 300 },
  answers: [0, 1],
  parse: pingSummary,
});

/** The last lines of ping: packets sent, received, lost in percent, and round trips in milliseconds. */
export function pingSummary(stdout: string): Record<string, unknown> {
  const [, sent, received] = /^(\d+) packets transmitted, (\d+) received/m.exec(stdout) ?? [];
  if (sent === undefined || received === undefined) return {};
  const [, min, avg, max, mdev] =
    /^rtt [a-z/]+ = ([\d.]+)\/([\d.]+)\/([\d.]+)\/([\d.]+) ms/m.exec(stdout) ?? [];
  return {
    packets_sent: Number(sent),
    packets_received: Number(received),
    loss_percent: Math.round((1 - Number(received) / Math.max(1, Number(sent))) * 1000) / 10,
    ...(min === undefined
      ? {}
      : { rtt_ms: { min: Number(min), avg: Number(avg), max: Number(max), mdev: Number(mdev) } }),
  };
}
