/** The ports of one host: `<ports>` of nmap's XML. */
import type { PortDetails, ScriptResult } from '../core/details.ts';
import { type PortResult, PortState, type PortSummary, Protocol } from '../core/result.ts';
import { type Attributes, grown, integer, optional } from './xml-attributes.ts';
import { blockOf, lineOf } from './xml-text.ts';

const MAX_CPE = 32;
/** Scripts of one port. */
const MAX_SCRIPTS = 1024;
const MAX_SUMMARIES = 64;
/** Every port of every protocol nmap scans, and no more. */
const MAX_PORTS = 65_536 * 4;
/** A list of ports in the longest way: every second one by itself. */
const PORT_LIST = /^[\d,-]{1,200000}$/;

const PORT_STATES: ReadonlySet<string> = new Set(PortState.options);
const PROTOCOLS: ReadonlySet<string> = new Set(Protocol.options);

export class PortsBuilder {
  readonly ports: PortResult[] = [];
  summaries: PortSummary[] | undefined;
  #port: PortResult | undefined;
  #hasState = false;
  #summary: PortSummary | undefined;

  /** Whether a `<port>` is open, to which what follows belongs. */
  get inPort(): boolean {
    return this.#port !== undefined;
  }

  open(name: string, attributes: Attributes): void {
    switch (name) {
      case 'extraports':
        this.#summary = summaryOf(attributes);
        break;
      case 'extrareasons':
        this.#reason(attributes);
        break;
      case 'port':
        this.#port = portOf(attributes);
        this.#hasState = false;
        break;
      case 'state':
        this.#state(attributes);
        break;
      case 'owner':
        this.#detail(optional('owner', attributes.name && lineOf(attributes.name)));
        break;
      case 'service':
        if (this.#port) describeService(this.#port, attributes);
        this.#detail(serviceDetails(attributes));
        break;
      default:
    }
  }

  close(name: string): void {
    if (name === 'port') this.keep();
    else if (name === 'extraports') {
      if (this.#summary) this.summaries = grown(this.summaries, this.#summary, MAX_SUMMARIES);
      this.#summary = undefined;
    }
  }

  script(script: ScriptResult): void {
    if (this.#port) this.#port.scripts = grown(this.#port.scripts, script, MAX_SCRIPTS);
  }

  cpe(cpe: string): void {
    if (this.#port) this.#port.cpe = grown(this.#port.cpe, cpe, MAX_CPE);
  }

  /** Ends the port as far as it was read. Without a state nothing is known of it: a cut file may have one so. */
  keep(): void {
    if (this.#port && this.#hasState && this.ports.length < MAX_PORTS) this.ports.push(this.#port);
    this.#port = undefined;
  }

  #reason({ reason = '', count, proto, ports }: Attributes): void {
    if (!this.#summary) return;
    const found = {
      reason: lineOf(reason),
      count: integer(count) ?? 0,
      ...optional('protocol', proto && lineOf(proto)),
      ...optional('ports', ports !== undefined && PORT_LIST.test(ports) ? ports : undefined),
    };
    this.#summary.reasons = grown(this.#summary.reasons, found, MAX_SUMMARIES);
  }

  #state({ state = '', reason, reason_ttl, reason_ip }: Attributes): void {
    if (!this.#port || !isPortState(state)) return;
    this.#port.state = state;
    this.#hasState = true;
    if (reason) this.#port.reason = lineOf(reason);
    this.#detail({
      ...optional('reason_ttl', integer(reason_ttl)),
      ...optional('reason_ip', reason_ip && lineOf(reason_ip)),
    });
  }

  #detail(details: PortDetails): void {
    if (!this.#port || Object.keys(details).length === 0) return;
    this.#port.details = { ...this.#port.details, ...details };
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

function serviceDetails(attributes: Attributes): PortDetails {
  const { hostname, ostype, devicetype, servicefp, proto, rpcnum, lowver, highver } = attributes;
  const rpc = {
    ...optional('number', integer(rpcnum)),
    ...optional('lowest_version', integer(lowver)),
    ...optional('highest_version', integer(highver)),
  };
  return {
    ...optional('hostname', hostname && lineOf(hostname)),
    ...optional('os_type', ostype && lineOf(ostype)),
    ...optional('device_type', devicetype && lineOf(devicetype)),
    ...optional('rpc', proto === 'rpc' || Object.keys(rpc).length > 0 ? rpc : undefined),
    ...optional('fingerprint', servicefp && blockOf(servicefp)),
  };
}

function isPortState(text: string): text is PortState {
  return PORT_STATES.has(text);
}

function isProtocol(text: string): text is Protocol {
  return PROTOCOLS.has(text);
}
