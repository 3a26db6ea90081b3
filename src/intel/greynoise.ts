/**
 * GreyNoise v3, `GET /v3/ip/{ip}` with the header `key` (docs.greynoise.io/reference/v3ip): 200, 206 when the plan
 * hides fields, 401 and 403 for a bad key, 429 at the rate limit; 404 means never seen.
 */
import { z } from 'zod';
import { type Finding, firstTexts, type GreyNoiseFacts, remoteText, type Whereabouts } from './reputation.ts';

export const GREYNOISE_URL = 'https://api.greynoise.io';

export const greynoisePath = (ip: string): string => `/v3/ip/${ip}`;

const Metadata = z.object({
  asn: remoteText,
  organization: remoteText,
  source_country_code: remoteText,
});

const Response = z.object({
  ip: z.string(),
  business_service_intelligence: z
    .object({ found: z.boolean(), name: remoteText, trust_level: remoteText })
    .nullish(),
  internet_scanner_intelligence: z
    .object({
      found: z.boolean(),
      classification: remoteText,
      actor: remoteText,
      first_seen: remoteText,
      last_seen: remoteText,
      tags: z
        .array(z.object({ name: remoteText }))
        .max(10_000)
        .nullish(),
      metadata: Metadata.nullish(),
    })
    .nullish(),
});

export function readGreyNoise(status: number, body: unknown): Finding<GreyNoiseFacts> | undefined {
  if (status === 404) return { facts: { seen: false }, where: {} };
  const parsed = Response.safeParse(body);
  if (!parsed.success) return undefined;
  const scanner = parsed.data.internet_scanner_intelligence;
  const business = parsed.data.business_service_intelligence;
  const facts: GreyNoiseFacts = { seen: scanner?.found ?? false };
  if (scanner?.found) {
    if (scanner.classification) facts.classification = scanner.classification;
    if (scanner.actor) facts.actor = scanner.actor;
    if (scanner.first_seen) facts.first_seen = scanner.first_seen;
    if (scanner.last_seen) facts.last_seen = scanner.last_seen;
    if (scanner.tags?.length)
      facts.tags = firstTexts(
        scanner.tags.map(({ name }) => name),
        10,
      );
  }
  if (business?.found) {
    facts.service = {
      name: business.name ?? 'unnamed',
      ...(business.trust_level ? { trust_level: business.trust_level } : {}),
    };
  }
  return { facts, where: whereabouts(scanner?.metadata) };
}

function whereabouts(metadata: z.output<typeof Metadata> | null | undefined): Whereabouts {
  const asn = /^AS(\d{1,10})$/.exec(metadata?.asn ?? '')?.[1];
  const country = metadata?.source_country_code;
  return {
    ...(asn ? { asn: Number(asn) } : {}),
    ...(metadata?.organization ? { org: metadata.organization } : {}),
    ...(country && /^[A-Z]{2}$/.test(country) ? { country } : {}),
  };
}
