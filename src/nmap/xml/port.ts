/** The ports of one host: `<ports>` of nmap's XML. */
import type { PortDetails, ScriptResult } from '../../core/details.ts';
import { type PortResult, PortState, type PortSummary, Protocol } from '../../core/result.ts';
import { type Attributes, grown, integer, optional } from './read-numbers.ts';
import { blockOf, lineOf } from './text.ts';

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
        if (this.#port && attributes.name) detailsOf(this.#port).owner = lineOf(attributes.name);
        break;
      case 'service':
        if (this.#port) describeService(this.#port, attributes);
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
    if (!this.#port || state === '') return;
    this.#port.state = stateOf(state);
    this.#hasState = true;
    if (reason) this.#port.reason = lineOf(reason);
    const ttl = integer(reason_ttl);
    if (ttl !== undefined) detailsOf(this.#port).reason_ttl = ttl;
    if (reason_ip) detailsOf(this.#port).reason_ip = lineOf(reason_ip);
  }
}

function detailsOf(port: PortResult): PortDetails {
  port.details ??= {};
  return port.details;
}

function summaryOf(attributes: Attributes): PortSummary | undefined {
  const { state, count } = attributes;
  return state ? { state: stateOf(state), count: integer(count) ?? 0 } : undefined;
}

function portOf(attributes: Attributes): PortResult | undefined {
  const port = integer(attributes.portid);
  const protocol = attributes.protocol ?? '';
  if (port === undefined || port > 65_535 || !isProtocol(protocol)) return undefined;
  return { port, protocol, state: 'unfiltered' };
}

// Assigned one by one, for this runs for every port.
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
  const { hostname, ostype, devicetype, servicefp } = attributes;
  if (hostname) detailsOf(port).hostname = lineOf(hostname);
  if (ostype) detailsOf(port).os_type = lineOf(ostype);
  if (devicetype) detailsOf(port).device_type = lineOf(devicetype);
  if (servicefp) detailsOf(port).fingerprint = blockOf(servicefp);
  if (attributes.proto === 'rpc' || attributes.rpcnum !== undefined) detailsOf(port).rpc = rpcOf(attributes);
}

function rpcOf({ rpcnum, lowver, highver }: Attributes): NonNullable<PortDetails['rpc']> {
  return {
    ...optional('number', integer(rpcnum)),
    ...optional('lowest_version', integer(lowver)),
    ...optional('highest_version', integer(highver)),
  };
}

/** Ports are never dropped for a state that is not known: ports told and ports asked must be as many. */
function stateOf(text: string): PortState {
  return isPortState(text) ? text : 'unknown';
}

function isPortState(text: string): text is PortState {
  return PORT_STATES.has(text);
}

function isProtocol(text: string): text is Protocol {
  return PROTOCOLS.has(text);
}
