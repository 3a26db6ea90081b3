/**
 * Reads nmap's XML while it grows. Source of the format: nmap.dtd (xmloutputversion 1.05) and the nmap manual,
 * "XML Output (-oX)". Whatever was complete before a report breaks off is kept.
 */
import { SaxesParser } from 'saxes';
import type { ScriptResult } from '../../core/details.ts';
import type { HostResult } from '../../core/result.ts';
import { HostBuilder } from './host.ts';
import { type Attributes, decimal, integer, optional } from './read-numbers.ts';
import { type OutputRoom, ScriptBuilder } from './script.ts';
import { lineOf } from './text.ts';

export interface XmlRun {
  /** `nmap`, or the name of a tool that writes the same format (masscan). */
  scanner: string;
  version: string;
  args: string;
  /** Seconds since the epoch, as all times here. */
  started?: number;
}

export interface XmlScanInfo {
  type: string;
  protocol: string;
  /** How many ports every host is asked on, and which: `1-21,23`. */
  services: number;
  ports: string;
  /** The flags of --scanflags. */
  flags?: string;
}

export interface XmlTask {
  event: 'begin' | 'progress' | 'end';
  /** nmap's name of the phase: `SYN Stealth Scan`. */
  task: string;
  time?: number;
  /** At its end what it came to: `3000 total ports`. */
  info?: string;
  /** 0-100, with `progress` only. */
  percent?: number;
  remainingSeconds?: number;
}

export interface XmlStats {
  elapsedSeconds: number;
  up: number;
  down: number;
  total: number;
  time?: number;
  /** nmap's own closing words. */
  summary?: string;
  /** nmap ended itself with an error: its words. */
  error?: string;
}

export interface HostFacts {
  outputCut: boolean;
}

/** Told about each thing as soon as it is complete. Everything but hosts is optional. */
export interface XmlListener {
  host(host: HostResult, facts: HostFacts): void;
  run?(run: XmlRun): void;
  scanInfo?(info: XmlScanInfo): void;
  task?(task: XmlTask): void;
  /** A target nmap did not scan because it could not read it. */
  skipped?(target: { specification: string; reason: string }): void;
  stats?(stats: XmlStats): void;
  /** How much nmap was asked to say (-v, -d). */
  level?(level: { of: 'verbosity' | 'debugging'; value: number }): void;
  /** A script that ran once for the whole scan, before or after it. */
  script?(when: 'before' | 'after', script: ScriptResult): void;
}

export interface XmlEnd {
  /** The report broke off, or could not be read further: what was complete has been delivered. */
  truncated: boolean;
  /** Why it could not be read further, when it was not merely cut. */
  problem?: string;
}

export interface XmlReader {
  /** Takes the next piece, cut anywhere. After a problem it takes pieces and ignores them. */
  write(text: string): void;
  end(): XmlEnd;
}

/** Levels of elements: nmap itself needs about ten, tables of scripts a few more. */
const MAX_DEPTH = 256;
/** UTF-16 units of one tag with all its attributes, one text or one comment. */
const MAX_TOKEN = 4 * 1024 * 1024;
const PIECE = 64 * 1024;
/** Script output that is kept for a whole run, apart from its hosts. */
const MAX_RUN_OUTPUT = 1024 * 1024;
// nmap writes control bytes as references that XML 1.0 forbids; the parser leaves them as they are and xml-text reads them.
const HARMLESS = /(?:malformed character entity|disallowed character)\.$/;

class Unreadable extends Error {}

/** Reads one report, or several in a row. Entities other than the five of XML are refused, not expanded. */
export function createXmlReader(listener: XmlListener): XmlReader {
  // As a fragment, because two reports in a row are two roots.
  const parser = new SaxesParser({ xmlns: false, position: false, fragment: true });
  let depth = 0;
  let reports = 0;
  let host: HostBuilder | undefined;
  let hostDepth = 0;
  let script: ScriptBuilder | undefined;
  let scriptDepth = 0;
  /** Of the run itself. */
  const room: OutputRoom = { left: MAX_RUN_OUTPUT, cut: false };
  let when: 'before' | 'after' = 'before';
  let finished: Attributes = {};
  let problem: string | undefined;
  let sawToken = false;
  let tokenLength = 0;

  parser.on('error', (error) => {
    // Outside of a report nothing matters: there the parser complains of each declaration and doctype.
    if (HARMLESS.test(error.message) || depth === 0) return;
    throw new Unreadable(error.message);
  });
  parser.on('opentag', ({ name, attributes }) => {
    sawToken = true;
    depth += 1;
    if (depth > MAX_DEPTH) throw new Unreadable(`elements are more than ${MAX_DEPTH} levels deep`);
    // Only these are told as text; listening to the line ends between all other tags costs a tenth of the time.
    if (name === 'cpe' || name === 'elem') parser.on('text', (text) => (script ?? host)?.text(text));
    if (script) script.open(name, attributes);
    else if (name === 'script') {
      script = new ScriptBuilder(attributes, host?.room ?? room);
      scriptDepth = depth;
    } else if (host) host.open(name, attributes);
    else if (name === 'host') {
      host = new HostBuilder(attributes);
      hostDepth = depth;
    } else outside(name, attributes);
  });
  parser.on('closetag', ({ name }) => {
    sawToken = true;
    if (name === 'cpe' || name === 'elem') parser.off('text');
    if (script && depth === scriptDepth) endScript();
    else if (script) script.close(name);
    else if (host && depth === hostDepth) deliver(true);
    else host?.close(name);
    depth -= 1;
    if (depth === 0) reports += 1;
  });

  function outside(name: string, attributes: Attributes): void {
    switch (name) {
      case 'nmaprun':
        listener.run?.({
          scanner: lineOf(attributes.scanner ?? ''),
          version: lineOf(attributes.version ?? ''),
          args: lineOf(attributes.args ?? ''),
          ...optional('started', integer(attributes.start)),
        });
        break;
      case 'scaninfo':
        listener.scanInfo?.({
          type: lineOf(attributes.type ?? ''),
          protocol: lineOf(attributes.protocol ?? ''),
          services: integer(attributes.numservices) ?? 0,
          ports: /^[\d,-]{1,200000}$/.test(attributes.services ?? '') ? (attributes.services ?? '') : '',
          ...optional('flags', attributes.scanflags && lineOf(attributes.scanflags)),
        });
        break;
      case 'verbose':
      case 'debugging': {
        const value = integer(attributes.level);
        if (value !== undefined) listener.level?.({ of: name === 'verbose' ? 'verbosity' : name, value });
        break;
      }
      case 'prescript':
      case 'postscript':
        when = name === 'prescript' ? 'before' : 'after';
        break;
      case 'taskbegin':
      case 'taskprogress':
      case 'taskend':
        listener.task?.(taskOf(name, attributes));
        break;
      case 'target':
        if (attributes.status === 'skipped') {
          listener.skipped?.({
            specification: lineOf(attributes.specification ?? ''),
            reason: lineOf(attributes.reason ?? ''),
          });
        }
        break;
      case 'finished':
        finished = attributes;
        break;
      case 'hosts':
        listener.stats?.({
          elapsedSeconds: decimal(finished.elapsed) ?? 0,
          up: integer(attributes.up) ?? 0,
          down: integer(attributes.down) ?? 0,
          total: integer(attributes.total) ?? 0,
          ...optional('time', integer(finished.time)),
          ...optional('summary', finished.summary && lineOf(finished.summary)),
          ...(finished.exit === 'error' ? { error: lineOf(finished.errormsg ?? '') } : {}),
        });
        break;
      default:
    }
  }

  function deliver(complete: boolean): void {
    const result = host?.result(complete);
    const outputCut = host?.room.cut ?? false;
    host = undefined;
    if (result) listener.host(result, { outputCut });
  }

  function endScript(): void {
    const result = script?.result();
    script = undefined;
    if (!result) return;
    if (host) host.script(result);
    else listener.script?.(when, result);
  }

  function parse(piece: string): void {
    sawToken = false;
    parser.write(piece);
    // The parser collects a token until it is complete, however long: so it is fed in pieces, and counted here.
    tokenLength = sawToken ? 0 : tokenLength + piece.length;
    if (tokenLength > MAX_TOKEN)
      throw new Unreadable(`a single element is longer than ${MAX_TOKEN} characters`);
  }

  return {
    write(text) {
      for (let at = 0; at < text.length && problem === undefined; at += PIECE) {
        try {
          parse(text.slice(at, at + PIECE));
        } catch (error) {
          if (!(error instanceof Unreadable)) throw error;
          problem = error.message;
        }
      }
    },
    end() {
      const truncated = problem !== undefined || depth > 0 || reports === 0;
      endScript();
      deliver(false);
      return { truncated, ...(problem === undefined ? {} : { problem }) };
    },
  };
}

function taskOf(name: 'taskbegin' | 'taskprogress' | 'taskend', attributes: Attributes): XmlTask {
  const event = name === 'taskbegin' ? 'begin' : name === 'taskend' ? 'end' : 'progress';
  const percent = decimal(attributes.percent);
  const remainingSeconds = integer(attributes.remaining);
  return {
    event,
    task: lineOf(attributes.task ?? ''),
    ...optional('time', integer(attributes.time)),
    ...optional('info', attributes.extrainfo && lineOf(attributes.extrainfo)),
    ...(percent === undefined ? {} : { percent: Math.min(100, percent) }),
    ...(remainingSeconds === undefined ? {} : { remainingSeconds }),
  };
}
