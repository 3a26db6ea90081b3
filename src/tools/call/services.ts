/** What tools may use, built in app/services.ts and handed to every call. A tool never builds its own. */

import type { AlertService } from '../../alerts/service.ts';
import type { CaptureService } from '../../captures/service.ts';
import type { Caller } from '../../core/caller.ts';
import type { ExchangeService } from '../../exchange/exchange.ts';
import type { Intel } from '../../intel/intel.ts';
import type { InventoryService } from '../../inventory/service.ts';
import type { CommandService } from '../../scans/commands.ts';
import type { ScanService } from '../../scans/service.ts';
import type { ScheduleService } from '../../schedules/service.ts';

export interface Services {
  scans: ScanService;
  remote: RemoteServices;
  /** Programs of this machine, for command tools. */
  commands: CommandService;
  captures: CaptureService;
  intel: Intel;
  inventory: InventoryService;
  exchange: ExchangeService;
  alerts: AlertService;
  /** The inventory as somebody sees it who is bound to these sites. */
  within(sites: readonly string[]): Pick<Services, 'inventory' | 'exchange' | 'alerts'>;
  schedules: ScheduleService;
  /** Seconds a scan call waits for its result unless the caller says otherwise (scans.syncWaitSeconds). */
  syncWaitSeconds: number;
}

/** What one caller may use. */
export function servicesOf(services: Services, { sites }: Pick<Caller, 'sites'>): Services {
  return sites === undefined ? services : { ...services, ...services.within(sites) };
}

/** Scanners that a call describes itself. */
export interface RemoteServices {
  /** Keeps one, with its credentials, in memory while its task lasts. @returns what a request calls it. */
  hold(asked: InlineScanner): Promise<string>;
  release(scanner: string): Promise<void>;
  /** Whether callers other than the person at this machine may describe one (remote.allowInlineCredentials). */
  allowInlineCredentials: boolean;
}

export interface InlineScanner {
  host: string;
  port: number;
  user: string;
  key?: string | undefined;
  password?: string | undefined;
}
