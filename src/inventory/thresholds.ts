/**
 * Every number of the inventory's rules, in one place. They are proposals that no real network has confirmed; what each is for stands in docs/inventory.md under the rule that is named here.
 */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const THRESHOLDS = {
  /** Address alone: how long it stays with its host where nothing is said of the network, in ms. */
  continuity: DAY,
  /** The same when the services resemble those known. */
  continuityAlike: 7 * DAY,
  /** The same in a DHCP or guest range: the lease. */
  lease: DAY,
  /** Jaccard index of (port, product) from which services resemble each other. */
  alike: 0.8,
  /** A key on so many assets alive at once tells nobody from anybody. */
  keyOnAssets: 3,
  /** A MAC that answers for more addresses than this is a router's. */
  addressesOfCard: 8,
  /** A hypervisor's MAC is as good as a card's after so many days on which it was seen. */
  steadyDays: 3,
  /** An asset is never merged beyond so many. */
  mergeMacs: 16,
  mergeAddresses: 64,
  /** Imported or overheard marks that wait for their host. */
  waitingMarks: 2_000,

  /** R3: looks until a port is shut: answered so, silent, and UDP. */
  closedLooks: 2,
  silentLooks: 3,
  udpLooks: 3,
  /** R4 */
  filteringShare: 0.8,
  filteringPorts: 20,
  filteringLooks: 2,
  /** R5: misses until a host is missing, and how long a sleeper may sleep, in ms. */
  missesAlwaysOn: 2,
  missesNormal: 3,
  sleeper: 14 * DAY,
  /** Of hosts with a lent address of which nobody said more: a holiday may take three weeks and a weekend. */
  lentSleeper: 28 * DAY,
  /** What came back from silence so often is used to it: hosts within this time, in ms; UDP ports then take twice the looks. */
  habitTimes: 3,
  habit: 60 * DAY,
  /** R6: a share of the expected hosts above this, and so many of them. */
  blindShare: 0.3,
  blindHosts: 5,
  /** Hosts known for so long, in ms, are asked about first. */
  steadyTime: 3 * DAY,
  /** R8: nmap's confidence from which a product is believed; looks within which a value comes back. */
  confidence: 8,
  variantLooks: 5,
  /** R9: a host of which so many ports were asked and such a share is open. */
  everythingPorts: 100,
  everythingShare: 0.9,
  /** R10 */
  middleboxAddresses: 32,
  middleboxShare: 0.9,
  /** R13 */
  osAccuracy: 90,
  /** R14, in ms: a certificate this near its end, or with this share of its life used, is renewed; the warning. */
  renewal: 30 * DAY,
  renewalShare: 2 / 3,
  expiring: 14 * DAY,
  /** R15: so many turns within so many looks or ms; calm again with at most this many within the last looks. */
  flapTurns: 4,
  flapLooks: 20,
  flapTime: DAY,
  calmTurns: 1,
  calmLooks: 10,
  /** R16: more port events of a host, or a larger share of a network's hosts (and at least so many of them). */
  stormPorts: 50,
  stormShare: 0.4,
  stormHosts: 5,
  /** R19: a change that is taken back within this time, in ms, was undone; later it is a change of its own. */
  undone: 30 * DAY,
} as const;

export type Thresholds = { readonly [K in keyof typeof THRESHOLDS]: number };
