/** Builds one HostResult from the elements inside `<host>` (nmap.dtd, xmloutputversion 1.05; masscan's subset too). */
import type { HostDetails, ScriptResult, Trace } from '../../core/details.ts';
import type { HostResult } from '../../core/result.ts';
import { OsBuilder } from './os.ts';
import { PortsBuilder } from './port.ts';
import { type Attributes, decimal, grown, integer, optional, signed } from './read-numbers.ts';
import type { OutputRoom } from './script.ts';
import { lineOf } from './text.ts';

/** Script output kept for one host altogether. */
const MAX_HOST_OUTPUT = 2 * 1024 * 1024;
const MAX_NAMES = 256;
/** Scripts of the host itself. */
const MAX_SCRIPTS = 1024;
const MAX_HOPS = 256;

export class HostBuilder {
  readonly room: OutputRoom = { left: MAX_HOST_OUTPUT, cut: false };
  readonly #host: HostResult = { address: '', status: 'unknown', ports: [] };
  readonly #ports = new PortsBuilder();
  #os: OsBuilder | undefined;
  #details: HostDetails;
  #trace: Trace | undefined;
  #hasStatus = false;
  #cpe: string | undefined;

  constructor({ timedout, starttime, endtime, comment }: Attributes) {
    if (timedout === 'true') this.#host.timed_out = true;
    this.#details = {
      ...optional('started', integer(starttime)),
      ...optional('ended', integer(endtime)),
      ...optional('comment', comment && lineOf(comment)),
    };
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
      case 'os':
        this.#os = new OsBuilder();
        break;
      case 'cpe':
        this.#cpe = '';
        break;
      case 'trace': {
        const { proto, port } = attributes;
        this.#trace = {
          ...optional('protocol', proto && lineOf(proto)),
          ...optional('port', integer(port)),
          hops: [],
        };
        break;
      }
      case 'hop':
        this.#hop(attributes);
        break;
      default:
        if (this.#os) this.#os.open(name, attributes);
        else if (!this.#measured(name, attributes)) this.#ports.open(name, attributes);
    }
  }

  text(text: string): void {
    if (this.#cpe !== undefined && this.#cpe.length < 1024) this.#cpe += text;
  }

  close(name: string): void {
    switch (name) {
      case 'os':
        this.#keepOs();
        break;
      case 'cpe':
        (this.#os ?? this.#ports).cpe(lineOf(this.#cpe ?? ''));
        this.#cpe = undefined;
        break;
      case 'trace':
        this.#keepTrace();
        break;
      default:
        (this.#os ?? this.#ports).close(name);
    }
  }

  script(script: ScriptResult): void {
    if (this.#ports.inPort) this.#ports.script(script);
    else this.#host.scripts = grown(this.#host.scripts, script, MAX_SCRIPTS);
  }

  /** The host as far as it was read; undefined when not even its address was. */
  result(complete: boolean): HostResult | undefined {
    const host = this.#host;
    if (host.address === '') return undefined;
    if (!complete) {
      this.#ports.keep();
      this.#keepOs();
      this.#keepTrace();
      host.partial = true;
    }
    host.ports = this.#ports.ports;
    if (this.#ports.summaries) host.other_ports = this.#ports.summaries;
    if (Object.keys(this.#details).length > 0) host.details = this.#details;
    // masscan writes no <status>; a port that answered proves the host is up.
    if (!this.#hasStatus && host.ports.some(({ state }) => state === 'open' || state === 'closed')) {
      host.status = 'up';
    }
    return host;
  }

  #status({ state, reason, reason_ttl }: Attributes): void {
    this.#hasStatus = true;
    this.#host.status = state === 'up' || state === 'down' ? state : 'unknown';
    if (reason) this.#host.reason = lineOf(reason);
    const ttl = integer(reason_ttl);
    if (ttl !== undefined) this.#details.reason_ttl = ttl;
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

  #hop({ ttl, ipaddr, host, rtt }: Attributes): void {
    const hops = this.#trace?.hops;
    const number = integer(ttl);
    if (hops === undefined || number === undefined || hops.length >= MAX_HOPS) return;
    hops.push({
      ttl: number,
      ...optional('address', ipaddr && lineOf(ipaddr)),
      ...optional('name', host && lineOf(host)),
      ...optional('rtt_ms', decimal(rtt)),
    });
  }

  /** @returns whether it was one of the elements that tell a measurement of the host. */
  #measured(name: string, attributes: Attributes): boolean {
    switch (name) {
      case 'distance':
        Object.assign(this.#host, optional('distance', integer(attributes.value)));
        return true;
      case 'uptime': {
        const seconds = integer(attributes.seconds);
        if (seconds === undefined) return true;
        const { lastboot } = attributes;
        this.#host.uptime = { seconds, ...optional('last_boot', lastboot && lineOf(lastboot)) };
        return true;
      }
      case 'smurf':
        Object.assign(this.#details, optional('smurf_responses', integer(attributes.responses)));
        return true;
      case 'tcpsequence': {
        const { index, difficulty = '', values = '' } = attributes;
        this.#details.tcp_sequence = {
          index: integer(index) ?? 0,
          difficulty: lineOf(difficulty),
          values: lineOf(values),
        };
        return true;
      }
      case 'ipidsequence':
        this.#details.ip_id_sequence = sequenceOf(attributes);
        return true;
      case 'tcptssequence':
        this.#details.tcp_timestamp_sequence = sequenceOf(attributes);
        return true;
      case 'times': {
        const [mean, variance, timeout] = [attributes.srtt, attributes.rttvar, attributes.to].map(signed);
        if (mean !== undefined && variance !== undefined && timeout !== undefined)
          this.#details.round_trip = { mean, variance, timeout };
        return true;
      }
      default:
        return false;
    }
  }

  #keepOs(): void {
    if (!this.#os) return;
    const { guesses, details } = this.#os.result();
    Object.assign(this.#host, guesses);
    Object.assign(this.#details, details);
    this.#os = undefined;
  }

  #keepTrace(): void {
    if (this.#trace) this.#host.trace = this.#trace;
    this.#trace = undefined;
  }
}

function sequenceOf({ class: kind = '', values }: Attributes): { class: string; values?: string } {
  return { class: lineOf(kind), ...optional('values', values && lineOf(values)) };
}
