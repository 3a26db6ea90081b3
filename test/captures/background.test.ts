/** Background noise: what sources below every threshold sent with the mark of a scanner. Counts are those of tshark. */

import path from 'node:path';
import { expect, it } from 'vitest';
import { analyzeCapture } from '../../src/captures/analysis.ts';
import { DEFAULT_DETECTION } from '../defaults.ts';
import { CASES } from './support.ts';

const backgroundOf = async (name: string) => {
  const file = path.join(CASES, name, 'capture.pcap');
  return (await analyzeCapture({ kind: 'path', path: file }, DEFAULT_DETECTION)).background;
};

it('counts marked probes of sources that nobody is accused of', async () => {
  const { listed, ...counts } = await backgroundOf('noise-below-threshold');
  expect(counts).toEqual({ sources: 4, probes: 9, tools: { nmap: 2, masscan: 1, zmap: 1 } });
  expect(listed.map(({ ip, tool, ports }) => `${ip} ${tool} ${ports}`)).toEqual([
    '10.37.8.251 masscan 8080-8083',
    '10.37.8.250 nmap 22-23,445',
    '10.37.8.12 nmap 6379',
    '10.37.8.252 zmap 443',
  ]);
});

it('leaves out who is named as a scanner', async () => {
  expect(await backgroundOf('block-120-ports-6-hosts')).toMatchObject({ sources: 0, probes: 0, listed: [] });
});
