/** Everything that is stored, whatever the database: the classes here are the only code that knows SQL. */
import type { Kysely } from 'kysely';
import { AlertSettingsStore } from './alerts/alert-settings.ts';
import { DeliveryStore } from './alerts/deliveries.ts';
import type { Dialect } from './dialect.ts';
import { HostStore } from './hosts.ts';
import { InstanceStore } from './instances.ts';
import { AssetStore } from './inventory/asset-reads.ts';
import { ChangeStore } from './inventory/change-reads.ts';
import { ExpectationStore } from './inventory/expectations.ts';
import { FoldStore } from './inventory/folds.ts';
import { LookStore } from './inventory/looks.ts';
import { SiteStore } from './inventory/site-reads.ts';
import { MaintenanceStore, type Room } from './maintenance.ts';
import { ScheduleStore } from './schedules.ts';
import type { Tables } from './schema.ts';
import { SessionStore } from './sessions.ts';
import { TaskStore } from './tasks.ts';
import { TokenStore } from './tokens.ts';
import { ToolStateStore } from './tool-states.ts';

/** What others see of a class. */
type Face<T> = Pick<T, keyof T>;

export interface StoreParts {
  tasks: Face<TaskStore>;
  hosts: Face<HostStore>;
  instances: Face<InstanceStore>;
  tokens: Face<TokenStore>;
  sessions: Face<SessionStore>;
  toolStates: Face<ToolStateStore>;
  looks: Face<LookStore>;
  folds: Face<FoldStore>;
  assets: Face<AssetStore>;
  changes: Face<ChangeStore>;
  expectations: Face<ExpectationStore>;
  sites: Face<SiteStore>;
  schedules: Face<ScheduleStore>;
  alertSettings: Face<AlertSettingsStore>;
  deliveries: Face<DeliveryStore>;
  maintenance: Face<MaintenanceStore>;
}

export interface Store extends StoreParts {
  close(): Promise<void>;
}

/** @param room of a database that is a file of ours. */
export function buildStore(db: Kysely<Tables>, dialect: Dialect, room?: Room): StoreParts {
  return {
    tasks: new TaskStore(db, dialect),
    hosts: new HostStore(db, dialect),
    instances: new InstanceStore(db),
    tokens: new TokenStore(db),
    sessions: new SessionStore(db),
    toolStates: new ToolStateStore(db),
    looks: new LookStore(db, dialect),
    folds: new FoldStore(db, dialect),
    assets: new AssetStore(db, dialect),
    changes: new ChangeStore(db, dialect),
    expectations: new ExpectationStore(db, dialect),
    sites: new SiteStore(db),
    schedules: new ScheduleStore(db),
    alertSettings: new AlertSettingsStore(db),
    deliveries: new DeliveryStore(db),
    maintenance: new MaintenanceStore(db, dialect, room),
  };
}
