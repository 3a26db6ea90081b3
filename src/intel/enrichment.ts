/** What is known of one address: the shape of every answer about addresses. */
import { z } from 'zod';
import { GreyNoiseAnswer, OtxAnswer } from './reputation.ts';

/** What this machine knows of a private address; every part may be missing. */
export const LocalKnowledge = z.strictObject({
  mac: z.string().optional(),
  /** Maker of the network card. */
  vendor: z.string().optional(),
  names: z.array(z.string()).optional(),
  /** The host of the inventory that has this address. */
  asset: z
    .strictObject({
      asset_id: z.string(),
      site: z.string(),
      name: z.string().optional(),
      first_seen: z.string(),
      state: z.string(),
    })
    .optional(),
  /** What our own scans found last, in a sentence. */
  inventory: z
    .strictObject({
      last_scanned: z.string(),
      open_ports: z.array(z.string()),
      os: z.string().optional(),
      task_id: z.string().optional(),
    })
    .optional(),
});
export type LocalKnowledge = z.output<typeof LocalKnowledge>;

export const Enrichment = z.strictObject({
  ip: z.string(),
  /** `public`, or what the IANA registry says it is. */
  kind: z.string(),
  /** The special-purpose block that holds it. */
  range: z.strictObject({ block: z.string(), name: z.string(), source: z.string() }).optional(),
  /** The IPv4 address inside an IPv6 one, and how it got there. */
  embedded: z.strictObject({ ipv4: z.string(), kind: z.string() }).optional(),
  /** Autonomous system number. */
  asn: z.number().int().nullable(),
  org: z.string().nullable(),
  geo: z.strictObject({ country: z.string().nullable() }),
  threat: z.strictObject({ otx: OtxAnswer, greynoise: GreyNoiseAnswer }),
  /** Reverse names, where the configuration allows to ask for them. */
  names: z.array(z.string()).optional(),
  local: LocalKnowledge.optional(),
  /** Which table or service each fact is from. */
  sources: z.strictObject({ asn: z.string().optional(), country: z.string().optional() }),
});
export type Enrichment = z.output<typeof Enrichment>;
