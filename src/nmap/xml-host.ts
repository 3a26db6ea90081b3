/** Builds one HostResult from the elements inside `<host>` (nmap.dtd, xmloutputversion 1.05; masscan's subset too). */
import { MAX_SCRIPT_OUTPUT } from '../core/clean.ts';
import { type HostResult, type PortResult, PortState, type PortSummary, Protocol } from '../core/result.ts';
import { blockOf, lineOf } from './xml-text.ts';

export type Attributes = Readonly<Record<string, string>>;
type OsGuess = NonNullable<HostResult['os']>[number];

/** Script output kept for one host altogether, so that a host that talks on every port cannot fill the memory. */
const MAX_HOST_OUTPUT = 2 * 1024 * 1024;
const MAX_NAMES = 256;
const MAX_OS_GUESSES = 32;
const MAX_CPE = 32;
/** Scripts of one port, or of the host itself. */
const MAX_SCRIPTS = 1024;
const MAX_SUMMARIES = 64;
/** Every port of every protocol nmap scans, and no more. */
const MAX_PORTS = 65_536 * 4;

const PORT_STATES: ReadonlySet<string> = new Set(PortState.options);
const PROTOCOLS: ReadonlySet<string> = new Set(Protocol.options);

export class HostBuilder {
  #host: HostResult = { address: '', status: 'unknown', ports: [] };
  #hasStatus = false;
  #port: PortResult | undefined;
  #portHasState = false;
  #summary: PortSummary | undefined;
  #os: OsGuess | undefined;
  #cpe: { into: OsGuess | PortResult; text: string } | undefined;
  #outputLeft = MAX_HOST_OUTPUT;
  /** The ports behind each reason of the summaries, where nmap names them (7.90 or newer): `1-21,23`. */
  readonly unlisted: { state: PortState; reason: string; protocol: string; ports: string }[] = [];
  /** Some script output was longer than what is kept. */
  outputCut = false;

  constructor(attributes: Attributes) {
    if (attributes.timedout === 'true') this.#host.timed_out = true;
  }

  open(name: string, attributes: Attributes): void {
    switch (name) {
      case 'status':
        this.#status(attributes);
        break;
      case 'address':
        this.#address(attributes);
        break;
      case 'hostname':
        this.#hostname(attributes);
        break;
      case 'extraports':
        this.#summary = summaryOf(attributes);
        break;
      case 'extrareasons':
        this.#reasons(attributes);
        break;
      case 'port':
        this.#port = portOf(attributes);
        this.#portHasState = false;
        break;
      case 'state':
        this.#state(attributes);
        break;
      case 'service':
        if (this.#port) describeService(this.#port, attributes);
        break;
      case 'script':
        this.#script(attributes);
        break;
      case 'osmatch':
        this.#os = { name: lineOf(attributes.name ?? ''), accuracy: integer(attributes.accuracy) ?? 0 };
        break;
      case 'cpe': {
        const into = this.#port ?? this.#os;
        if (into) this.#cpe = { into, text: '' };
        break;
      }
      case 'distance': {
        const hops = integer(attributes.value);
        if (hops !== undefined) this.#host.distance = hops;
        break;
      }
      case 'times': {
        const [mean, variance, timeout] = [attributes.srtt, attributes.rttvar, attributes.to].map(integer);
        if (mean !== undefined && variance !== undefined && timeout !== undefined)
          this.#host.details = { round_trip: { mean, variance, timeout } };
        break;
      }
      default:
    }
  }

  text(text: string): void {
    if (this.#cpe && this.#cpe.text.length < 1024) this.#cpe.text += text;
  }

  close(name: string): void {
    switch (name) {
      case 'port':
        this.#keepPort();
        break;
      case 'extraports':
        if (this.#summary)
          this.#host.other_ports = grown(this.#host.other_ports, this.#summary, MAX_SUMMARIES);
        this.#summary = undefined;
        break;
      case 'osmatch':
        if (this.#os) this.#host.os = grown(this.#host.os, this.#os, MAX_OS_GUESSES);
        this.#os = undefined;
        break;
      case 'cpe':
        if (this.#cpe) this.#cpe.into.cpe = grown(this.#cpe.into.cpe, lineOf(this.#cpe.text), MAX_CPE);
        this.#cpe = undefined;
        break;
      default:
    }
  }

  /** The host as far as it was read; undefined when not even its address was. */
  result(complete: boolean): HostResult | undefined {
    const host = this.#host;
    if (host.address === '') return undefined;
    if (!complete) {
      this.#keepPort();
      host.partial = true;
    }
    // masscan writes no <status>; a port that answered proves the host is up.
    if (!this.#hasStatus && host.ports.some(({ state }) => state === 'open' || state === 'closed')) {
      host.status = 'up';
    }
    return host;
  }

  #keepPort(): void {
    // Without a state nothing is known of it: nmap never writes one so, a cut file may.
    if (this.#port && this.#portHasState && this.#host.ports.length < MAX_PORTS) {
      this.#host.ports.push(this.#port);
    }
    this.#port = undefined;
  }

  #status(attributes: Attributes): void {
    const state = attributes.state;
    this.#hasStatus = true;
    this.#host.status = state === 'up' || state === 'down' ? state : 'unknown';
    if (attributes.reason) this.#host.reason = lineOf(attributes.reason);
  }

  #address(attributes: Attributes): void {
    const address = lineOf(attributes.addr ?? '');
    if (attributes.addrtype === 'mac') {
      this.#host.mac = address;
      if (attributes.vendor) this.#host.vendor = lineOf(attributes.vendor);
    } else if (this.#host.address === '') {
      this.#host.address = address;
    }
  }

  #hostname(attributes: Attributes): void {
    if (!attributes.name) return;
    const name = { name: lineOf(attributes.name), type: lineOf(attributes.type ?? '') };
    this.#host.hostnames = grown(this.#host.hostnames, name, MAX_NAMES);
  }

  #reasons(attributes: Attributes): void {
    if (!this.#summary) return;
    const reason = { reason: lineOf(attributes.reason ?? ''), count: integer(attributes.count) ?? 0 };
    this.#summary.reasons = grown(this.#summary.reasons, reason, MAX_SUMMARIES);
    const { state } = this.#summary;
    const { ports, proto: protocol = '' } = attributes;
    if (ports && this.unlisted.length < MAX_SUMMARIES) {
      this.unlisted.push({ state, reason: reason.reason, protocol, ports });
    }
  }

  #state(attributes: Attributes): void {
    const state = attributes.state ?? '';
    if (!this.#port || !isPortState(state)) return;
    this.#port.state = state;
    this.#portHasState = true;
    if (attributes.reason) this.#port.reason = lineOf(attributes.reason);
  }

  #script(attributes: Attributes): void {
    const raw = attributes.output ?? '';
    const room = Math.min(MAX_SCRIPT_OUTPUT, this.#outputLeft);
    if (raw.length > room) this.outputCut = true;
    const output = blockOf(raw, room);
    this.#outputLeft = Math.max(0, this.#outputLeft - output.length);
    const owner = this.#port ?? this.#host;
    owner.scripts = grown(owner.scripts, { id: lineOf(attributes.id ?? ''), output }, MAX_SCRIPTS);
  }
}

function summaryOf(attributes: Attributes): PortSummary | undefined {
  const state = attributes.state ?? '';
  return isPortState(state) ? { state, count: integer(attributes.count) ?? 0 } : undefined;
}

function portOf(attributes: Attributes): PortResult | undefined {
  const port = integer(attributes.portid);
  const protocol = attributes.protocol ?? '';
  if (port === undefined || port > 65_535 || !isProtocol(protocol)) return undefined;
  return { port, protocol, state: 'unfiltered' };
}

function describeService(port: PortResult, attributes: Attributes): void {
  const { name, product, version, extrainfo, tunnel, method } = attributes;
  if (name) port.service = lineOf(name);
  if (product) port.product = lineOf(product);
  if (version) port.version = lineOf(version);
  if (extrainfo) port.extra_info = lineOf(extrainfo);
  if (tunnel) port.tunnel = lineOf(tunnel);
  if (method === 'table' || method === 'probed') port.method = method;
  const confidence = integer(attributes.conf);
  if (confidence !== undefined) port.confidence = confidence;
}

/** The list with one more, up to `most` of them. */
function grown<T>(list: T[] | undefined, item: T, most: number): T[] {
  if (list === undefined) return [item];
  if (list.length < most) list.push(item);
  return list;
}

/** A number nmap wrote: up to nine digits and nothing else, so that neither `0x10` nor an empty string become one. */
export function integer(text: string | undefined): number | undefined {
  if (text === undefined || text.length === 0 || text.length > 9) return undefined;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return undefined;
  }
  return Number(text);
}

function isPortState(text: string): text is PortState {
  return PORT_STATES.has(text);
}

function isProtocol(text: string): text is Protocol {
  return PROTOCOLS.has(text);
}
