/** Numbers of the inventory's rules that an operator says otherwise; what each is for stands in docs/inventory.md. */
import { z } from 'zod';

const looks = () => z.int().min(1).max(100).optional();
const days = () => z.number().min(0.01).max(3650).optional();
const share = () => z.number().gt(0).max(1).optional();

/** Their types are made when somebody says one: the first answer of a server does not wait for that. */
const KINDS = {
  closedLooks: looks,
  silentLooks: looks,
  udpLooks: looks,
  missesAlwaysOn: looks,
  missesNormal: looks,
  sleeperDays: days,
  lentSleeperDays: days,
  blindShare: share,
  blindHosts: looks,
  expiringDays: days,
  renewalDays: days,
  flapTurns: () => z.int().min(2).max(100).optional(),
  flapLooks: looks,
  stormPorts: () => z.int().min(1).max(65_535).optional(),
  stormShare: share,
};

/** All absent ones are as docs/inventory.md has them. */
export type ThresholdEntries = { [Name in keyof typeof KINDS]?: number | undefined };

export const THRESHOLD_NAMES = Object.keys(KINDS);

export const thresholdEntries = (): z.ZodType<ThresholdEntries> =>
  z.strictObject(Object.fromEntries(Object.entries(KINDS).map(([name, kind]) => [name, kind()])));
