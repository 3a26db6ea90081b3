/**
 * How far one nmap is as a whole. It counts each of its stages (pings, ports, versions, scripts) from 0 to 100 anew, and
 * goes through all of them once for each group of hosts; here they are parts of one way, which is walked in one direction.
 */
import type { Progress, Protocol } from '../../core/result.ts';
import type { OutputEvent } from './output.ts';

/** A stage of a group of hosts, and how long it takes beside the others, roughly. */
interface Stage {
  name: RegExp;
  weight: number;
}

const PINGS = /^(ARP |ND )?Ping Scan$/;
const NAMES = /DNS resolution/;
const PORT_SCANS: Readonly<Record<Protocol, Stage>> = {
  tcp: { name: /^(SYN Stealth|Connect|ACK|Window|FIN|NULL|XMAS|Maimon|Idle) Scan$/, weight: 10 },
  udp: { name: /^UDP Scan$/, weight: 20 },
  sctp: { name: /^SCTP .*Scan$/, weight: 5 },
  ip: { name: /^IPProto Scan$/, weight: 10 },
};
const VERSIONS: Stage = { name: /^Service scan/, weight: 5 };
const SYSTEMS: Stage = { name: /^OS detection/, weight: 2 };
const TRACES: Stage = { name: /^Traceroute/, weight: 1 };
const SCRIPTS = /^(NSE|Script Scan)/;

/** What decides which stages there are. */
export interface Work {
  addresses: number;
  has(flag: string): boolean;
  /** Whose ports are scanned; empty for a scan of hosts alone. */
  protocols: readonly Protocol[];
  scripts: boolean;
}

/** The share of looking for hosts, where that comes before their ports. */
const HOSTS_SHARE = 0.1;
/** Nobody says how often scripts and OS detection will run: each time takes this share of what is left for them. */
const NEXT_SHARE = 0.6;

/**
 * nmap counts a service when it knows it, and a silent one keeps it waiting for minutes: what it says of the stage may
 * stand at 0 until the end. Meanwhile time alone moves it on, ever more slowly, by the seconds that a silent one takes.
 */
const SILENT_SECONDS = 160;
const MOST_BY_WAITING = 0.9;

export class RunProgress {
  readonly #work: Work;
  readonly #stages: readonly Stage[];
  readonly #hostsShare: number;
  /** Addresses that were pinged before, those being pinged, and how far these are. */
  #pinged = 0;
  #pinging = 0;
  #pingShare = 0;
  /** Addresses reported so far, and those of groups that are through. */
  #reported = 0;
  #through = 0;
  /** Addresses that the group under way settles, with those that were found down before it. */
  #group = 0;
  #within = 0;
  #stage = '';
  /** Where the stage under way begins and ends within its group. */
  #from = 0;
  #to = 0;
  #reached = 0;
  /** Services that are asked which they are, and since when (milliseconds). */
  #services = { count: 0, since: 0 };
  readonly #now: () => number;

  constructor(work: Work, now: () => number = () => performance.now()) {
    this.#work = work;
    this.#now = now;
    this.#stages = stagesOf(work);
    this.#hostsShare = work.has('-Pn') || work.has('-sL') ? 0 : work.has('-sn') ? 0.9 : HOSTS_SHARE;
  }

  /** Takes what a line of nmap's output told. @returns the progress of the whole run, when the line was about that */
  take(event: OutputEvent): Progress | undefined {
    switch (event.kind) {
      case 'progress':
        return this.#progress(event.progress);
      case 'scanning':
        this.#scanning(event.hosts);
        return undefined;
      case 'services':
        this.#services = { count: event.count, since: this.#now() };
        return undefined;
      case 'reported':
        this.#reported += 1;
        // The hosts of a group are reported when it is through; those that are down before it begins.
        if (event.up) {
          this.#through = this.#reported;
          [this.#group, this.#within, this.#stage, this.#from, this.#to] = [0, 0, '', 0, 0];
        }
        return undefined;
      default:
        return undefined;
    }
  }

  #scanning(hosts: number): void {
    if (!PINGS.test(this.#stage)) {
      this.#group = this.#reported - this.#through + hosts;
      return;
    }
    this.#pinged += this.#pinging;
    [this.#pinging, this.#pingShare] = [hosts, 0];
  }

  #progress({ phase, percent, ...rest }: Progress): Progress {
    if (PINGS.test(phase)) {
      this.#pingShare = percent / 100;
    } else {
      const begins = percent === 0 && !VERSIONS.name.test(phase);
      if (phase !== this.#stage || begins) this.#enter(phase);
      const share = Math.max(percent / 100, this.#waited(phase));
      this.#within = Math.max(this.#within, this.#from + (this.#to - this.#from) * share);
    }
    this.#stage = phase;
    this.#reached = Math.max(this.#reached, this.#percent());
    return { phase: this.#inWords(phase, percent), percent: this.#reached, ...rest };
  }

  #seconds(): number {
    return (this.#now() - this.#services.since) / 1000;
  }

  #waited(phase: string): number {
    if (!VERSIONS.name.test(phase) || this.#services.count === 0) return 0;
    return MOST_BY_WAITING * (1 - Math.exp(-this.#seconds() / SILENT_SECONDS));
  }

  #inWords(phase: string, percent: number): string {
    const { count } = this.#services;
    if (!VERSIONS.name.test(phase) || count === 0 || percent === 100) return phase;
    const known = Math.round((count * percent) / 100);
    return `${phase}, ${known} of ${count} known after ${Math.round(this.#seconds())} s`;
  }

  #enter(phase: string): void {
    this.#services = { count: 0, since: 0 };
    const at = this.#stages.findIndex(({ name }) => name.test(phase));
    // Scripts that run before all hosts are no part of any group.
    if (at < 0 || (SCRIPTS.test(phase) && this.#group === 0)) {
      [this.#from, this.#to] = [this.#within, this.#within];
      return;
    }
    const sum = (stages: readonly Stage[]) => stages.reduce((total, { weight }) => total + weight, 0);
    const all = sum(this.#stages);
    const end = sum(this.#stages.slice(0, at + 1)) / all;
    this.#from = Math.max(this.#within, sum(this.#stages.slice(0, at)) / all);
    const again = SCRIPTS.test(phase) || SYSTEMS.name.test(phase);
    this.#to = again ? this.#from + (end - this.#from) * NEXT_SHARE : end;
  }

  #percent(): number {
    const { addresses } = this.#work;
    const group = Math.min(this.#group, addresses - this.#through);
    // Of hosts that nmap need not ping, such as this machine, the ports are all that is told.
    const found = Math.max(this.#pinged + this.#pinging * this.#pingShare, this.#through + group);
    const hosts = Math.min(1, found / addresses);
    const rest = Math.min(1, (this.#through + group * this.#within) / addresses);
    return 100 * (this.#hostsShare * hosts + (1 - this.#hostsShare) * rest);
  }
}

function stagesOf({ has, protocols, scripts }: Work): Stage[] {
  const all = has('-A');
  const versions = has('-sV') || all;
  return [
    ...(has('-n') ? [] : [{ name: NAMES, weight: 0.5 }]),
    ...protocols.map((protocol) => PORT_SCANS[protocol]),
    ...(versions ? [VERSIONS] : []),
    ...(has('-O') || all ? [SYSTEMS] : []),
    ...(has('--traceroute') || all ? [TRACES] : []),
    // Version detection runs scripts of its own.
    ...(scripts || versions ? [{ name: SCRIPTS, weight: scripts ? 8 : 1 }] : []),
  ];
}
