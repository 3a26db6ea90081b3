/** What the server says of itself. */
import { queryOptions } from '@tanstack/react-query';
import * as z from 'zod/mini';
import { request } from '../../api/request.ts';

const Health = z.object({
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  checks: z._default(z.array(z.object({ name: z.string(), ok: z.boolean(), message: z.string() })), []),
});

const System = z.object({
  doctor: z.array(
    z.object({ name: z.string(), ok: z.boolean(), detail: z.string(), fix: z.optional(z.string()) }),
  ),
  tokens: z.array(
    z.object({
      name: z.string(),
      scopes: z.array(z.string()),
      created_at: z.optional(z.string()),
      expires_at: z.optional(z.string()),
      revoked_at: z.optional(z.string()),
    }),
  ),
  audit: z.optional(z.object({ ok: z.boolean(), records: z.number(), problem: z.optional(z.string()) })),
  settings: z.array(z.object({ name: z.string(), value: z.unknown(), source: z.optional(z.string()) })),
});
export type SystemReport = z.infer<typeof System>;

/** An unhealthy server answers with 503, and with the same report. */
export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: async () => {
    const response = await fetch('/health', { headers: { Accept: 'application/json' } });
    return Health.parse(await response.json());
  },
  refetchInterval: 30_000,
});

export const systemQuery = queryOptions({
  queryKey: ['system'],
  queryFn: async () => System.parse(await (await request('/system')).json()),
});
