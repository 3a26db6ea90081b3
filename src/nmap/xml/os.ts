/** What OS detection told of a host: `<os>` of nmap's XML. */
import type { HostDetails, OsClass } from '../../core/details.ts';
import type { HostResult, OsGuess } from '../../core/result.ts';
import { type Attributes, grown, integer, optional } from './read-numbers.ts';
import { blockOf, lineOf } from './text.ts';

const MAX_GUESSES = 32;
const MAX_CLASSES = 64;
const MAX_CPE = 32;
const MAX_PORTS_USED = 16;
const MAX_FINGERPRINTS = 4;

export class OsBuilder {
  #guesses: OsGuess[] | undefined;
  #guess: OsGuess | undefined;
  #class: OsClass | undefined;
  readonly #ports: NonNullable<HostDetails['os_ports']> = [];
  readonly #fingerprints: string[] = [];

  open(name: string, attributes: Attributes): void {
    switch (name) {
      case 'portused': {
        const port = integer(attributes.portid);
        if (port === undefined || this.#ports.length >= MAX_PORTS_USED) break;
        const { state = '', proto = '' } = attributes;
        this.#ports.push({ state: lineOf(state), protocol: lineOf(proto), port });
        break;
      }
      case 'osmatch':
        this.#guess = {
          name: lineOf(attributes.name ?? ''),
          accuracy: integer(attributes.accuracy) ?? 0,
          ...optional('line', integer(attributes.line)),
        };
        break;
      case 'osclass':
        this.#class = {
          vendor: lineOf(attributes.vendor ?? ''),
          family: lineOf(attributes.osfamily ?? ''),
          ...optional('generation', attributes.osgen && lineOf(attributes.osgen)),
          ...optional('type', attributes.type && lineOf(attributes.type)),
          accuracy: integer(attributes.accuracy) ?? 0,
        };
        break;
      case 'osfingerprint':
        if (attributes.fingerprint && this.#fingerprints.length < MAX_FINGERPRINTS)
          this.#fingerprints.push(blockOf(attributes.fingerprint));
        break;
      default:
    }
  }

  cpe(cpe: string): void {
    if (this.#class) this.#class.cpe = grown(this.#class.cpe, cpe, MAX_CPE);
    if (this.#guess) this.#guess.cpe = grown(this.#guess.cpe, cpe, MAX_CPE);
  }

  close(name: string): void {
    if (name === 'osclass') {
      if (this.#guess && this.#class)
        this.#guess.classes = grown(this.#guess.classes, this.#class, MAX_CLASSES);
      this.#class = undefined;
    } else if (name === 'osmatch') {
      if (this.#guess) this.#guesses = grown(this.#guesses, this.#guess, MAX_GUESSES);
      this.#guess = undefined;
    }
  }

  result(): { guesses: Pick<HostResult, 'os'>; details: HostDetails } {
    return {
      guesses: optional('os', this.#guesses),
      details: {
        ...optional('os_ports', this.#ports.length > 0 ? this.#ports : undefined),
        ...optional('os_fingerprints', this.#fingerprints.length > 0 ? this.#fingerprints : undefined),
      },
    };
  }
}
