/**
 * Two hundred days of an office, by a seed. Nothing here knows the rules of the inventory: devices do what devices of an
 * office do, and each thing that truly happens is written down. Rates are guesses of an administrator, not measurements.
 */
import { chance } from '../../truth/network.ts';
import type { Day, Device, Met, Offer, True } from './device.ts';

export const DAY = 86_400_000;
/** A Monday; the office is scanned at half past ten each day. */
export const FIRST_DAY = Date.UTC(2026, 0, 5, 10, 30);
export const NETS = ['10.20.0', '10.20.1', '10.20.2', '10.20.3'] as const;
const [SERVERS, OFFICE, GUESTS, DMZ] = [0, 1, 2, 3];

const TCP =
  '21-23,25,53,80,110-111,135,139,143,389,443,445,465,515,548,587,631,636,873,993,995,1433,1723,2049,3000,3268,3306,3389,5000,5060,5357,5432,5900,6379,7000,8000-8100,8443,8888,9000,9100,27017';
const UDP = '53,67,123,137,161,500,1900,5353';

export interface OfficeSettings {
  seed: number;
  days: number;
  /** How much more is lost on the way than in a quiet network: 1. */
  loss?: number;
}

export interface Office {
  days: Day[];
  happened: True[];
}

export function liveThrough({ seed, days, loss = 1 }: OfficeSettings): Office {
  const office = new Life(seed, loss, days);
  const lived: Day[] = [];
  for (let day = 0; day < days; day += 1) lived.push(office.live(day));
  return { days: lived, happened: office.happened };
}

const offer = (
  port: number,
  name: string,
  product?: string,
  version?: string,
  more: Partial<Offer> = {},
): Offer => ({
  protocol: 'tcp',
  port,
  name,
  ...(product === undefined ? {} : { product }),
  ...(version === undefined ? {} : { version }),
  ...more,
});

class Life {
  readonly happened: True[] = [];
  readonly #random: () => number;
  readonly #loss: number;
  readonly #days: number;
  readonly #devices: Device[] = [];
  readonly #versions = new Map<string, number>();
  readonly #patching = new Map<number, Device[]>();
  readonly #endings = new Map<number, (() => void)[]>();
  #count = 0;
  #day = 0;

  constructor(seed: number, loss: number, days: number) {
    this.#random = chance(seed);
    this.#loss = loss;
    this.#days = days;
    for (const [net, prefix] of NETS.entries())
      this.#add({
        kind: 'gateway',
        net,
        address: `${prefix}.1`,
        rest: 'filtered',
        offers: [offer(443, 'https')],
      });
    for (let i = 0; i < 24; i += 1) this.#addServer(SERVERS);
    for (let i = 0; i < 10; i += 1) this.#addServer(DMZ);
    const balancer = this.#add({
      kind: 'server',
      net: DMZ,
      rest: 'filtered',
      offers: [offer(80, 'http', 'nginx', '1.24.0', { oneOf: ['1.24.0', '1.26.1'] })],
    });
    this.#say(balancer, 'variants', 'tcp/80');
    for (let i = 0; i < 45; i += 1) this.#addLaptop();
    for (let i = 0; i < 8; i += 1) this.#addPrinter();
    for (let i = 0; i < 6; i += 1)
      this.#add({
        kind: 'camera',
        net: OFFICE,
        rest: 'closed',
        offers: [offer(80, 'http', 'Dahua webcam http config'), offer(5000, 'upnp')],
      });
    for (let i = 0; i < 25; i += 1) this.#addPhone();
    // All of that was there before anybody looked. Who comes in later is new to whoever looks, but no news of the office.
    this.happened.splice(
      0,
      this.happened.length,
      ...this.happened.map((one) => (one.what === 'appeared' ? { ...one, minor: true as const } : one)),
    );
  }

  live(day: number): Day {
    this.#day = day;
    for (const end of this.#endings.get(day) ?? []) end();
    if (day > 0) this.#happen(day);
    this.#renewCertificates(day);
    const weekday = day % 7;
    const blind = day === 77 ? 0.7 : day === 151 ? 0.5 : 0;
    if (blind > 0) this.happened.push({ day, device: '', what: 'blind' });
    const middlebox = [40, 41, 103, 170].includes(day) ? DMZ : undefined;
    if (middlebox !== undefined)
      this.happened.push({ day, device: '', what: 'middlebox', ...(day === 41 ? { minor: true } : {}) });
    this.#visitors(weekday);
    const met = this.#devices.flatMap((device) => {
      if (device.gone || !this.#isHere(device, day, weekday)) return [];
      this.#lease(device);
      // A lost answer, a reboot at the wrong moment; on a day on which the scanner's link is bad, most of them.
      if (this.#random() < Math.max(blind, 0.002 * this.#loss)) return [];
      return [this.#meet(device)];
    });
    const asked =
      weekday === 6
        ? { tcp: '1-10000,27017', udp: UDP }
        : day % 23 === 11
          ? { tcp: '22,80,443', udp: '161' }
          : { tcp: TCP, udp: UDP };
    const holders = new Map(
      this.#devices
        .toSorted((a, b) => Number(b.gone ?? false) - Number(a.gone ?? false))
        .map(({ address, name }) => [address, name]),
    );
    return {
      day,
      at: FIRST_DAY + day * DAY,
      asked,
      met,
      holders,
      ...(middlebox === undefined ? {} : { middlebox }),
      ...(day === 33 || day === 120 ? { cut: 0.45 } : {}),
    };
  }

  #below(most: number): number {
    return Math.floor(this.#random() * most);
  }

  #any<T>(of: readonly T[]): T | undefined {
    return of[this.#below(of.length)];
  }

  #say(device: Device, what: True['what'], port?: string): void {
    this.happened.push({
      day: this.#day,
      device: device.name,
      what,
      ...(port === undefined ? {} : { port }),
    });
  }

  #add({ kind, net, ...given }: Pick<Device, 'kind' | 'net' | 'rest' | 'offers'> & Partial<Device>): Device {
    this.#count += 1;
    const device: Device = {
      name: `${kind}${this.#count}`,
      kind,
      net,
      mac: this.#card(kind === 'phone' || kind === 'visitor'),
      address: given.address ?? this.#freeAddress(net),
      diligence: 1,
      holidays: [],
      ...given,
    };
    this.#devices.push(device);
    this.#say(device, 'appeared');
    return device;
  }

  /** Of a maker, or made up. */
  #card(madeUp = false): string {
    const byte = () => this.#below(256).toString(16).padStart(2, '0');
    return `${madeUp ? 'd2' : '3c'}:${madeUp ? byte() : '52'}:${madeUp ? byte() : '82'}:${byte()}:${byte()}:${byte()}`;
  }

  #freeAddress(net: number): string {
    const used = new Set(this.#devices.flatMap(({ address, gone }) => (gone ? [] : [address])));
    for (;;) {
      const address = `${NETS[net]}.${10 + this.#below(230)}`;
      if (!used.has(address)) return address;
    }
  }

  #addServer(net: number): Device {
    const web = this.#random() < 0.6;
    const offers = [offer(22, 'ssh', 'OpenSSH', this.#version('OpenSSH'))];
    if (web) {
      const product = this.#random() < 0.6 ? 'nginx' : 'Apache httpd';
      offers.push(offer(80, 'http', product, this.#version(product)));
      offers.push(offer(443, 'https', product, this.#version(product), { cert: this.#certificate() }));
    }
    if (this.#random() < 0.3)
      offers.push(offer(5432, 'postgresql', 'PostgreSQL DB', this.#version('PostgreSQL DB')));
    // What the scan of every day does not ask.
    if (this.#random() < 0.3)
      offers.push(offer(9200, 'http', 'Elasticsearch REST API', this.#version('Elasticsearch')));
    if (this.#random() < 0.2)
      offers.push({
        ...offer(53, 'domain', 'ISC BIND', this.#version('ISC BIND')),
        protocol: 'udp',
        shy: 0.04,
      });
    if (this.#random() < 0.4) offers.push({ ...offer(161, 'snmp'), protocol: 'udp', shy: 0.15 });
    if (this.#random() < 0.5) offers.push({ ...offer(123, 'ntp', 'NTP', 'v4'), protocol: 'udp', shy: 0.05 });
    return this.#add({
      kind: 'server',
      net,
      key: this.#below(1e9),
      rest: net === DMZ || this.#random() < 0.4 ? 'filtered' : 'closed',
      offers,
    });
  }

  #addLaptop(): Device {
    const holidays = [0, 1, 2].flatMap(() => {
      const first = this.#below(this.#days + 60);
      return this.#random() < 0.6 ? [{ first, last: first + 4 + this.#below(14) }] : [];
    });
    return this.#add({
      kind: 'laptop',
      net: OFFICE,
      rest: this.#random() < 0.7 ? 'filtered' : 'closed',
      diligence: 0.35 + 0.6 * this.#random(),
      holidays,
      offers: [
        ...(this.#random() < 0.5
          ? [offer(135, 'msrpc', 'Microsoft Windows RPC'), offer(445, 'microsoft-ds')]
          : []),
        ...(this.#random() < 0.2 ? [offer(22, 'ssh', 'OpenSSH', this.#version('OpenSSH'))] : []),
        ...(this.#random() < 0.3 ? [offer(5357, 'http', 'Microsoft HTTPAPI httpd', '2.0')] : []),
      ],
    });
  }

  #addPrinter(): Device {
    return this.#add({
      kind: 'printer',
      net: OFFICE,
      rest: 'closed',
      diligence: 0.97,
      offers: [
        offer(80, 'http', 'HP HTTP Server', this.#version('HP')),
        offer(515, 'printer'),
        offer(631, 'ipp'),
        offer(9100, 'jetdirect'),
        { ...offer(161, 'snmp'), protocol: 'udp', shy: 0.1 },
      ],
    });
  }

  #addPhone(): Device {
    return this.#add({
      kind: 'phone',
      net: GUESTS,
      rest: 'closed',
      diligence: 0.4 + 0.4 * this.#random(),
      offers: this.#random() < 0.5 ? [offer(62078, 'iphone-sync')] : [],
    });
  }

  #visitors(weekday: number): void {
    for (const device of this.#devices) if (device.kind === 'visitor') device.gone = true;
    if (weekday > 4) return;
    for (let i = this.#below(6); i > 0; i -= 1)
      this.#add({ kind: 'visitor', net: GUESTS, rest: 'filtered', offers: [] });
  }

  #isHere(device: Device, day: number, weekday: number): boolean {
    switch (device.kind) {
      case 'laptop': {
        if (device.holidays.some(({ first, last }) => first <= day && day <= last)) return false;
        return this.#random() < (weekday > 4 ? 0.04 : device.diligence);
      }
      case 'phone':
        return this.#random() < (weekday > 4 ? 0.03 : device.diligence);
      case 'printer':
        return this.#random() < (weekday > 4 ? 0.7 : device.diligence);
      default:
        return true;
    }
  }

  /** Who comes by DHCP has another address now and then; phones also make up another card. */
  #lease(device: Device): void {
    if (device.kind === 'phone' && this.#random() < 0.1) device.mac = this.#card(true);
    const taken = this.#devices.some((one) => one !== device && !one.gone && one.address === device.address);
    const moves = device.kind === 'laptop' ? 0.06 : device.kind === 'phone' ? 0.25 : 0;
    if (!taken && this.#random() >= moves) return;
    device.address = this.#freeAddress(device.net);
    this.happened.push({ day: this.#day, device: device.name, what: 'moved', minor: true });
  }

  #meet(device: Device): Met {
    const { name, address, mac, key, rest, kind } = device;
    const ports = device.offers.map((one): Met['ports'][number] => {
      const version = one.oneOf ? this.#any(one.oneOf) : one.version;
      const shown = { ...one, ...(version === undefined ? {} : { version }) };
      const lost = 0.001 * this.#loss + (one.shy ?? 0);
      if (this.#random() < lost) return { ...shown, state: 'silent' };
      // It is being restarted just now.
      if (one.protocol === 'tcp' && this.#random() < 0.0007) return { ...shown, state: 'closed' };
      // nmap's probe was not answered in time.
      if (this.#random() < 0.01 * this.#loss) return { ...shown, state: 'open', unread: true };
      return { ...shown, state: 'open' };
    });
    return {
      device: name,
      address,
      mac,
      rest,
      ports,
      ...(key === undefined ? {} : { key }),
      ...(kind === 'visitor' || kind === 'phone' ? {} : { ptr: `${name}.office.example` }),
    };
  }

  #version(product: string): string {
    return `${product.length % 9}.${this.#versions.get(product) ?? 1}`;
  }

  #certificate(): NonNullable<Offer['cert']> {
    const issuer = this.#random() < 0.5 ? "C=US, O=Let's Encrypt, CN=R11" : 'O=Example Office, CN=Office CA';
    return { issuer, serial: this.#below(1e9), from: this.#day - this.#below(50), days: 90 };
  }

  #renewCertificates(day: number): void {
    for (const device of this.#devices)
      for (const one of device.offers) {
        if (!one.cert || device.gone || day - one.cert.from < 62) continue;
        one.cert = { ...one.cert, serial: this.#below(1e9), from: day };
        this.#say(device, 'cert', keyOf(one));
      }
  }

  #happen(day: number): void {
    const likely = (share: number) => this.#random() < share;
    const of = (...kinds: Device['kind'][]) =>
      this.#devices.filter((one) => !one.gone && kinds.includes(one.kind));
    const server = () => this.#any(of('server').filter(({ key }) => key !== undefined));
    if (likely(0.1)) this.#open(server());
    if (likely(0.06)) this.#shut(server());
    if (likely(0.04)) this.#openForAWhile(this.#any(of('laptop')));
    if (likely(0.04)) this.#openForAWhile(server());
    if (likely(0.03)) this.#addServer(likely(0.7) ? SERVERS : DMZ);
    if (likely(0.05)) this.#addLaptop();
    if (likely(0.02)) this.#leave(server());
    if (likely(0.04)) this.#leave(this.#any(of('laptop')));
    if (likely(0.02)) this.#setUpAnew(server());
    if (likely(0.01)) this.#newCard(this.#any(of('server', 'laptop').filter(({ net }) => net !== DMZ)));
    if (likely(0.008)) this.#renumber(server());
    if (likely(0.02)) this.#otherProduct(server());
    if (likely(0.015)) this.#otherCertificate(server());
    if (day % 28 === 16) this.#patchDay(day);
    for (const device of this.#patching.get(day) ?? []) this.#patch(device);
  }

  #open(device: Device | undefined): Offer | undefined {
    const choice = [
      offer(8080, 'http-proxy', 'Jetty', '9.4'),
      offer(3306, 'mysql', 'MySQL', '8.0'),
      offer(6379, 'redis', 'Redis key-value store', '7.0'),
      offer(8443, 'https-alt', 'Apache Tomcat', '9.0'),
      offer(3000, 'http', 'Grafana http'),
      offer(5900, 'vnc', 'VNC', '3.8'),
      offer(3389, 'ms-wbt-server', 'xrdp'),
    ].filter(({ port }) => !device?.offers.some((one) => one.port === port));
    const fresh = this.#any(choice);
    if (!device || !fresh) return undefined;
    device.offers.push(fresh);
    this.#say(device, 'opened', keyOf(fresh));
    return fresh;
  }

  #close(device: Device, what: Offer): void {
    if (device.gone || !device.offers.includes(what)) return;
    device.offers = device.offers.filter((one) => one !== what);
    this.#say(device, 'closed', keyOf(what));
  }

  #shut(device: Device | undefined): void {
    const what = this.#any(device?.offers.filter(({ port }) => port !== 22) ?? []);
    if (device && what) this.#close(device, what);
  }

  #openForAWhile(device: Device | undefined): void {
    const what = this.#open(device);
    if (!device || !what) return;
    const end = this.#day + 1 + this.#below(20);
    this.#endings.set(end, [...(this.#endings.get(end) ?? []), () => this.#close(device, what)]);
  }

  #leave(device: Device | undefined): void {
    if (!device) return;
    device.gone = true;
    this.#say(device, 'left');
  }

  #setUpAnew(device: Device | undefined): void {
    if (!device) return;
    device.key = this.#below(1e9);
    this.#say(device, 'key', 'tcp/22');
  }

  #newCard(device: Device | undefined): void {
    if (!device) return;
    device.mac = this.#card();
    this.#say(device, 'card');
  }

  #renumber(device: Device | undefined): void {
    if (!device) return;
    device.address = this.#freeAddress(device.net);
    this.#say(device, 'moved');
  }

  #otherProduct(device: Device | undefined): void {
    const web =
      device?.offers.filter(({ product }) => product === 'nginx' || product === 'Apache httpd') ?? [];
    for (const one of web) {
      const product = one.product === 'nginx' ? 'Apache httpd' : 'nginx';
      Object.assign(one, { product, version: this.#version(product) });
      if (device) this.#say(device, 'service', keyOf(one));
    }
  }

  #otherCertificate(device: Device | undefined): void {
    const one = device?.offers.find(({ cert }) => cert);
    if (!device || !one?.cert) return;
    one.cert = {
      ...one.cert,
      issuer: 'O=Somebody Else, CN=Other CA',
      serial: this.#below(1e9),
      from: this.#day,
    };
    this.#say(device, 'cert', keyOf(one));
  }

  /** Most machines are patched at once, the others within three days. */
  #patchDay(day: number): void {
    for (const product of ['OpenSSH', 'nginx', 'Apache httpd', 'ISC BIND', 'PostgreSQL DB', 'HP'])
      if (this.#random() < 0.6) this.#versions.set(product, (this.#versions.get(product) ?? 1) + 1);
    for (const device of this.#devices) {
      if (device.gone || device.kind === 'visitor' || device.kind === 'phone') continue;
      const on = day + (this.#random() < 0.8 ? 0 : 1 + this.#below(3));
      this.#patching.set(on, [...(this.#patching.get(on) ?? []), device]);
    }
  }

  #patch(device: Device): void {
    if (device.gone) return;
    for (const one of device.offers) {
      const product = one.product?.startsWith('HP') ? 'HP' : one.product;
      if (product === undefined || !this.#versions.has(product) || one.oneOf) continue;
      const version = this.#version(product);
      if (version === one.version) continue;
      one.version = version;
      this.#say(device, 'service', keyOf(one));
    }
  }
}

const keyOf = ({ protocol, port }: Offer) => `${protocol}/${port}`;
