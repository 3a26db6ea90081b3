/** What a benign recording is made of. Data only. */
import type { Service } from './benign-world.ts';

export interface Situation {
  name: string;
  /** What happens. */
  about: string;
  /** What tells it from a scan. */
  innocent: string;
  /** Shell lines in the near namespace, all at the same time. `{role}` starts benign-clients.ts. */
  commands: string[];
  /** Shell lines in the far namespace at the same time: outages, programs of the other side. */
  beyond?: string[];
  /** Shell lines before anything else: in the namespaces of the two sides and of the first router. */
  before?: { near?: string[]; router?: string[]; far?: string[] };
  services?: Service[];
  /** Far addresses that do not answer, refuse TCP, or are reported unreachable. */
  fate?: { silent?: string[]; refused?: string[]; unreachable?: string[] };
  /** Further addresses of the near side and of the far side on the wire between them, a /22 (10.20.0.0). */
  near?: string[];
  lan?: string[];
  /** So many routers between the sides instead. */
  hops?: number;
  /** The capture begins so many seconds after the programs. */
  begin?: number;
  /** pcap filter of the tap: one direction only, for instance. */
  only?: string;
  tap?: 'near' | 'far' | 'router';
  /** Seconds that it takes at most; 60 when absent. */
  takes?: number;
}

/** A TCP service that answers, unless told otherwise. */
export const tcp = (port: number, kind: Service['kind'] = 'reply', more: Partial<Service> = {}): Service => ({
  proto: 'tcp',
  port,
  kind,
  ...more,
});

/** A name for a case, with what tells it from others of its kind. */
export const tagged = (name: string, tag?: string) => (tag === undefined ? name : `${name}-${tag}`);

/** Every `n`th of the list. */
export const each = <T>(list: T[], n: number, from = 0) => list.filter((_, i) => i % n === from);
