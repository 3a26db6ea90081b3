/**
 * AlienVault OTX DirectConnect, `GET /api/v1/indicators/{IPv4|IPv6}/{ip}/general` with the header `X-OTX-API-KEY`
 * (otx.alienvault.com/api): how many community reports ("pulses") name the address, and what speaks against them.
 */
import { z } from 'zod';
import { type Finding, firstTexts, type OtxFacts, remoteText, type Whereabouts } from './reputation.ts';

export const OTX_URL = 'https://otx.alienvault.com';

export const otxPath = (ip: string, family: 4 | 6): string => `/api/v1/indicators/IPv${family}/${ip}/general`;

const texts = z.array(remoteText).max(10_000).nullish().catch(undefined);

const Response = z.object({
  indicator: z.string(),
  asn: remoteText,
  country_code: remoteText,
  validation: z
    .array(z.object({ name: remoteText }))
    .max(1000)
    .nullish(),
  pulse_info: z.object({
    count: z.number().int().min(0),
    pulses: z
      .array(
        z.object({
          name: remoteText,
          tags: texts,
          malware_families: z
            .array(z.object({ display_name: remoteText }))
            .nullish()
            .catch(undefined),
        }),
      )
      .max(10_000)
      .nullish(),
  }),
});

export function readOtx(status: number, body: unknown): Finding<OtxFacts> | undefined {
  if (status === 404) return { facts: { pulses: 0 }, where: {} };
  const parsed = Response.safeParse(body);
  if (!parsed.success) return undefined;
  const { pulse_info, validation } = parsed.data;
  const pulses = pulse_info.pulses ?? [];
  const lists = {
    pulse_names: firstTexts(
      pulses.map(({ name }) => name),
      5,
    ),
    tags: firstTexts(
      pulses.flatMap((pulse) => pulse.tags ?? []),
      10,
    ),
    malware_families: firstTexts(
      pulses.flatMap((pulse) => (pulse.malware_families ?? []).map((family) => family.display_name)),
      10,
    ),
    validation: firstTexts(
      (validation ?? []).map(({ name }) => name),
      5,
    ),
  };
  const filled = Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
  return { facts: { pulses: pulse_info.count, ...filled }, where: whereabouts(parsed.data) };
}

/** `asn` is written `AS15169 Google LLC`. */
function whereabouts({ asn, country_code }: z.output<typeof Response>): Whereabouts {
  const [, number, org] = /^AS(\d{1,10})(?: (.+))?$/.exec(asn ?? '') ?? [];
  return {
    ...(number ? { asn: Number(number) } : {}),
    ...(org ? { org } : {}),
    ...(country_code && /^[A-Z]{2}$/.test(country_code) ? { country: country_code } : {}),
  };
}
