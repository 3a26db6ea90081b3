/**
 * The names that were asked for, at the addresses they led to: nmap is given addresses alone, so it cannot tell. They are
 * kept beside the report, so that a recovery can tell them as well.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { formatAddress, parseAddress } from '../../core/address.ts';
import type { CoverageNote, HostResult, PortResult } from '../../core/result.ts';
import type { AllowedScan } from '../../policy/authorize.ts';
import { hostsNote } from '../coverage/hosts-note.ts';

const FILE = 'names.json';
/** In nmap's own words, a name that the user gave (nmap.dtd, hostname type). */
const USER = 'user';

const Names = z.array(z.object({ name: z.string(), addresses: z.array(z.string()) }));

export class AskedNames {
  readonly #byAddress = new Map<string, string[]>();

  constructor(names: AllowedScan['names']) {
    for (const { name, addresses } of names) {
      for (const address of addresses) {
        const key = keyOf(address);
        this.#byAddress.set(key, [...(this.#byAddress.get(key) ?? []), name]);
      }
    }
  }

  /** The host with the names that led to it, before those that it has by itself. */
  on(host: HostResult): HostResult {
    const asked = this.#byAddress.get(keyOf(host.address));
    if (!asked) return host;
    return {
      ...host,
      hostnames: [...asked.map((name) => ({ name, type: USER })), ...(host.hostnames ?? [])],
    };
  }
}

/** Keeps the names of a scan in the folder of its run, which is made when it is missing. */
export async function keepNames(directory: string, names: AllowedScan['names']): Promise<void> {
  if (names.length === 0) return;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(directory, FILE), JSON.stringify(names), { mode: 0o600 });
}

/** The names of a run that was left behind; none when it had none or they cannot be read. */
export async function keptNames(directory: string): Promise<AskedNames> {
  try {
    return new AskedNames(Names.parse(JSON.parse(await readFile(join(directory, FILE), 'utf8'))));
  } catch {
    return new AskedNames([]);
  }
}

/** Finds out where HTTP or TLS was spoken by address although there was a name for it. */
export class SpokenByAddress {
  readonly #who: string;
  readonly #versions: boolean;
  readonly #scripts: boolean;
  readonly #hosts: string[] = [];

  constructor({ options }: AllowedScan) {
    const has = (flag: string) => options.some((option) => option.flag === flag);
    this.#versions = has('-sV');
    this.#scripts = has('--script') && !options.some(isNamed);
    this.#who = [...(this.#versions ? ['-sV'] : []), ...(this.#scripts ? ['the scripts'] : [])].join(' and ');
  }

  host({ address, hostnames, ports }: HostResult): void {
    if (this.#who === '' || !hostnames?.some(({ type }) => type === USER)) return;
    if (ports.some((port) => this.#spoke(port))) this.#hosts.push(address);
  }

  notes(): CoverageNote[] {
    return hostsNote(
      'names',
      this.#hosts,
      (hosts) =>
        `${this.#who} spoke HTTP or TLS to ${hosts} by address, not by the name that was asked for: a server that tells its sites apart by name may answer otherwise under that name.`,
    );
  }

  #spoke({ state, service = '', tunnel, method }: PortResult): boolean {
    if (state !== 'open' || !(tunnel !== undefined || /http|ssl|tls/.test(service))) return false;
    return this.#scripts || method === 'probed';
  }
}

const isNamed = ({ flag, value = '' }: { flag: string; value?: string | undefined }): boolean =>
  flag === '--script-args' && value.includes('http.host=') && value.includes('tls.servername=');

function keyOf(text: string): string {
  const address = parseAddress(text.replace(/%.*$/s, ''));
  return address ? formatAddress(address) : text;
}
