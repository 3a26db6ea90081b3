/** What tools may use, built from the parts of a process. */
import { alertsOfNobody } from '../alerts/of-nobody.ts';
import type { AlertService } from '../alerts/service.ts';
import type { CaptureReport } from '../captures/findings.ts';
import { type CaptureSettings, createCaptureService } from '../captures/service.ts';
import { uploadsFolder } from '../config/data-folder.ts';
import type { Config } from '../config/schema.ts';
import { VERSION } from '../config/version.ts';
import { once } from '../core/once.ts';
import type { ExchangeService } from '../exchange/exchange.ts';
import { classify } from '../intel/classify.ts';
import type { Intel } from '../intel/intel.ts';
import type { InventoryService } from '../inventory/service.ts';
import type { Logger } from '../observe/log.ts';
import type { ScheduleService } from '../schedules/service.ts';
import type { Services } from '../tools/call/services.ts';
import { inventory, ourScans } from './own-scans.ts';
import type { Remembering } from './remembering.ts';
import type { Scanning } from './scanning.ts';

type Folding = Pick<Remembering, 'fold' | 'catchUp'>;

export interface BuiltServices {
  services: Services;
  /** Takes up what the configuration says now of captures and of what is known of addresses. */
  reconfigured(touched: (...groups: string[]) => boolean): void;
}

export function buildServices(
  config: Config,
  { scans, store, here, elsewhere, release }: Scanning,
  {
    log,
    remembering,
    schedules,
    alerts,
  }: { log: Logger; remembering: Folding; schedules: ScheduleService; alerts: AlertService },
): BuiltServices {
  const captureSettings = captureSettingsOf(config);
  // Its tables and services are loaded when somebody asks about an address.
  const buildIntel = (): Intel => {
    const { allowPrivate } = config.captures;
    const settings = { ...config.intel, allowPrivate };
    const intel = once(async () => {
      const { createIntel } = await import('../intel/intel.ts');
      return createIntel(settings, {
        inventory: inventory(store),
        onProblem: (problem) => log.warn(problem),
      });
    });
    return { allowPrivate, classify, enrich: async (...asked) => (await intel()).enrich(...asked) };
  };
  const inventoryOf = (sites?: readonly string[]) => lazyInventory(store, config, remembering, sites);
  const known = inventoryOf();
  // Who asks about a capture does not wait for that, and is answered also when it fails.
  const remember = async (file: string, report: CaptureReport) => {
    if (!config.inventory.enabled || !config.inventory.captures) return;
    try {
      const { lookOfCapture } = await import('../captures/look.ts');
      const look = lookOfCapture(report, file, config.inventory.site);
      if (look) await known.handIn([look]);
    } catch (error) {
      log.error({ err: error }, 'a capture could not be remembered');
    }
  };
  const services: Services = {
    scans,
    remote: {
      hold: async (asked) => (await elsewhere()).hold(asked),
      release,
      allowInlineCredentials: config.remote.allowInlineCredentials,
    },
    commands: {
      settings: () => config.tools,
      run: async (...asked) => (await here()).commands.run(...asked),
      nmap: async (...asked) => (await here()).commands.nmap(...asked),
    },
    captures: createCaptureService(captureSettings, {
      ours: ourScans(store),
      onReport: ({ file, report }) => void remember(file, report),
    }),
    intel: buildIntel(),
    inventory: known,
    exchange: lazyExchange(known, config),
    within(sites) {
      const own = inventoryOf(sites);
      return { inventory: own, exchange: lazyExchange(own, config, sites), alerts: alertsOfNobody() };
    },
    schedules,
    alerts,
    get syncWaitSeconds() {
      return config.scans.syncWaitSeconds;
    },
  };
  return {
    services,
    reconfigured(touched) {
      if (touched('captures', 'detection')) become(captureSettings, captureSettingsOf(config));
      if (touched('captures', 'intel')) services.intel = buildIntel();
    },
  };
}

function captureSettingsOf(config: Config): CaptureSettings {
  const { maxUploadMb: maxMb, maxUploadsMb: maxTotalMb, keepUploadsDays: keepDays } = config.captures;
  const uploads = { folder: uploadsFolder(config), maxMb, maxTotalMb, keepDays };
  return { ...config.captures, detection: config.detection, uploads };
}

/** Its queries and their grammar are loaded when somebody asks. */
function lazyInventory(
  store: Scanning['store'],
  config: Config,
  { fold, catchUp }: Folding,
  sites?: readonly string[],
): InventoryService {
  const made = once(async () =>
    (await import('../inventory/ask.ts')).createInventory(
      sites === undefined
        ? store
        : async () => (await import('../inventory/of-sites.ts')).ofSites(await store(), sites),
      { site: () => siteOf(config, sites), version: VERSION, fold },
    ),
  );
  const asked = once(async () => {
    await catchUp();
    return await made();
  });
  return {
    assets: async (...given) => (await asked()).assets(...given),
    asset: async (...given) => (await asked()).asset(...given),
    counts: async (...given) => (await asked()).counts(...given),
    past: async (...given) => (await asked()).past(...given),
    looksOf: async (...given) => (await asked()).looksOf(...given),
    changes: async (...given) => (await asked()).changes(...given),
    // Told with the result of a scan, which must not wait for it.
    changesOfTask: async (...given) => (await made()).changesOfTask(...given),
    evidence: async (...given) => (await asked()).evidence(...given),
    coverage: async (...given) => (await asked()).coverage(...given),
    decide: async (...given) => (await asked()).decide(...given),
    expectations: async (...given) => (await asked()).expectations(...given),
    expect: async (...given) => (await asked()).expect(...given),
    unexpect: async (...given) => (await asked()).unexpect(...given),
    drift: async (...given) => (await asked()).drift(...given),
    async *eachAsset(chosen) {
      yield* (await asked()).eachAsset(chosen);
    },
    async *eachChange(chosen) {
      yield* (await asked()).eachChange(chosen);
    },
    learnt: async (...given) => (await asked()).learnt(...given),
    holders: async (...given) => (await asked()).holders(...given),
    found: async (...given) => (await asked()).found(...given),
    handIn: async (...given) => (await made()).handIn(...given),
    edit: async (...given) => (await asked()).edit(...given),
    constrain: async (...given) => (await asked()).constrain(...given),
  };
}

/** The formats of others are loaded when somebody imports or exports. */
function lazyExchange(known: InventoryService, config: Config, sites?: readonly string[]): ExchangeService {
  const asked = once(async () =>
    (await import('../exchange/exchange.ts')).createExchange(known, {
      version: VERSION,
      site: () => siteOf(config, sites),
    }),
  );
  return {
    preview: async (...given) => (await asked()).preview(...given),
    import: async (...given) => (await asked()).import(...given),
    async *export(...given) {
      yield* (await asked()).export(...given);
    },
  };
}

/** What is meant where no site is named: that of this machine, or the first of those that somebody is bound to. */
function siteOf({ inventory: { site } }: Config, sites: readonly string[] | undefined): string {
  return sites === undefined || sites.includes(site) ? site : (sites[0] ?? site);
}

/** Makes `target` equal to `source`, for those who hold it. */
function become<T extends object>(target: T, source: T): void {
  for (const key of Object.keys(target) as (keyof T)[]) if (!(key in source)) delete target[key];
  Object.assign(target, source);
}
