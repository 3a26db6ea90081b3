import type { Config } from '../config/schema.ts';

/** The site that a scan by this scanner, or by this machine, tells of. */
export const siteOf = ({ remote, inventory }: Config, scanner: string | undefined): string =>
  (scanner === undefined ? undefined : remote.scanners[scanner]?.site) ?? inventory.site;
