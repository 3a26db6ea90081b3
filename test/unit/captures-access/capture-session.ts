/** The capture tools over a folder of small captures, without a transport. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  type CaptureDependencies,
  type CaptureService,
  type CaptureSettings,
  createCaptureService,
} from '../../../src/captures/service.ts';
import { LOCAL_CALLER } from '../../../src/core/caller.ts';
import { createIntel } from '../../../src/intel/intel.ts';
import type { ScanService } from '../../../src/scans/service.ts';
import { correlate } from '../../../src/tools/addresses/correlate.ts';
import { enrichIp } from '../../../src/tools/addresses/enrich-ip.ts';
import { callTool, type ToolOutcome } from '../../../src/tools/call/call-tool.ts';
import type { AnyTool, ToolContext } from '../../../src/tools/call/define-tool.ts';
import { createRegistry } from '../../../src/tools/call/registry.ts';
import type { RemoteServices, Services } from '../../../src/tools/call/services.ts';
import { firstScanEvent } from '../../../src/tools/captures/first-scan-event.ts';
import { listSuspects } from '../../../src/tools/captures/list-suspects.ts';
import { scanOverview } from '../../../src/tools/captures/scan-overview.ts';
import { DEFAULT_DETECTION } from '../../defaults.ts';
import { FLAG, officeCapture, pcap, synScan } from './pcap-writer.ts';

/** When the scan in office.pcap begins. */
export const START = 1_790_000_000;

export const CAPTURE_TOOLS: readonly AnyTool[] = [
  scanOverview,
  listSuspects,
  firstScanEvent,
  enrichIp,
  correlate,
];

/** Fills `base`/data with captures, and puts one beside it in `base`/data-secret. @returns the folder of the captures. */
export async function writeCaptures(base: string): Promise<string> {
  const folder = join(base, 'data');
  await mkdir(folder);
  await mkdir(join(base, 'data-secret'));
  const office = officeCapture(START);
  // A quarter of a gigabyte of nothing behind a good header.
  const bomb = Buffer.concat([office.subarray(0, 24), Buffer.alloc(256 << 20)]);
  const usb = Buffer.from(office);
  usb.writeUInt32LE(189, 20);
  const files: Record<string, Buffer | string> = {
    'data/office.pcap': office,
    'data/office.pcap.gz': gzipSync(office),
    'data/cut.pcap': office.subarray(0, office.length - 7),
    'data-secret/office.pcap': office,
    'data/empty.pcap': '',
    'data/text.pcap': 'Dear analyst,\nthis is not a capture.\n'.repeat(40),
    'data/usb.pcap': usb,
    'data/slow.pcap': pcap(slowScan()),
    'data/two.pcap': pcap(twoScans()),
    'data/nobody.pcap': pcap([]),
    'data/bomb.pcap.gz': gzipSync(bomb),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(base, name), content);
  return folder;
}

function slowScan() {
  return synScan({
    scanner: '10.1.0.77',
    target: '10.1.0.10',
    ports: Array.from({ length: 60 }, (_, at) => at * 7 + 1),
    open: [],
    start: START,
    pause: 90,
  });
}

function twoScans() {
  const ports = Array.from({ length: 120 }, (_, at) => at + 1);
  const packets = [
    ...synScan({ scanner: '10.1.0.66', target: '10.1.0.10', ports, open: [22], start: START, pause: 0.01 }),
    ...synScan({
      scanner: '10.1.0.67',
      target: '10.1.0.11',
      ports,
      open: [],
      start: START + 5,
      pause: 0.01,
      flags: FLAG.fin | FLAG.psh | FLAG.urg,
    }),
  ];
  return packets.sort((a, b) => a.time - b.time);
}

export interface CaptureSession {
  services: Services;
  captures: CaptureService;
  call(tool: string, args: unknown, context?: Partial<ToolContext>): Promise<ToolOutcome>;
}

const NOTHING_KNOWN = {
  inventory: { holders: async () => new Map(), learnt: async () => [] } as Partial<
    Services['inventory']
  > as Services['inventory'],
  exchange: {} as Services['exchange'],
  alerts: {} as Services['alerts'],
};

export function captureSession(
  folder: string,
  settings: Partial<CaptureSettings> = {},
  dependencies: CaptureDependencies = {},
): CaptureSession {
  const captures = createCaptureService(
    { allowedDir: folder, maxFileMb: 50, requireToken: false, detection: DEFAULT_DETECTION, ...settings },
    dependencies,
  );
  const services = {
    // None of them is reached by these tools.
    scans: {} as ScanService,
    remote: {} as RemoteServices,
    commands: {} as Services['commands'],
    syncWaitSeconds: 30,
    captures,
    // Nothing is remembered here.
    ...NOTHING_KNOWN,
    within: () => NOTHING_KNOWN,
    schedules: {} as Services['schedules'],
    intel: createIntel({ reverseNames: false, allowPrivate: false }),
  };
  const onDefect = (_tool: string, error: unknown) => {
    throw error;
  };
  return {
    captures,
    services,
    call: (name, args, context = {}) =>
      callTool({ tools: createRegistry(CAPTURE_TOOLS), onDefect }, name, args, {
        caller: LOCAL_CALLER,
        services,
        signal: new AbortController().signal,
        report: () => {},
        confirm: async () => 'unsupported',
        detach: false,
        ...context,
      }),
  };
}
