/** Numbers of the inventory's rules that an operator says otherwise; what each is for stands in docs/inventory.md. */
import { z } from 'zod';

const looks = () => z.int().min(1).max(100).optional();
const days = () => z.number().min(0.01).max(3650).optional();
const share = () => z.number().gt(0).max(1).optional();

const Entries = z.strictObject({
  closedLooks: looks(),
  silentLooks: looks(),
  udpLooks: looks(),
  missesAlwaysOn: looks(),
  missesNormal: looks(),
  sleeperDays: days(),
  lentSleeperDays: days(),
  blindShare: share(),
  blindHosts: looks(),
  expiringDays: days(),
  renewalDays: days(),
  flapTurns: z.int().min(2).max(100).optional(),
  flapLooks: looks(),
  stormPorts: z.int().min(1).max(65_535).optional(),
  stormShare: share(),
});

/** All absent ones are as docs/inventory.md has them. */
export type ThresholdEntries = z.infer<typeof Entries>;

export const THRESHOLD_NAMES = Object.keys(Entries.shape);

export const thresholdEntries = (): z.ZodType<ThresholdEntries> => Entries;
