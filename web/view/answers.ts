/** What the view reads of the tools' answers. A chat hands them on, so they are read with care. */
import * as v from 'valibot';

const words = v.exactOptional(v.string());

export const Change = v.object({
  change_id: v.string(),
  at: v.string(),
  kind: v.string(),
  severity: v.picklist(['info', 'low', 'medium', 'high']),
  site: v.string(),
  asset_id: words,
  address: words,
  name: words,
  port: words,
  before: words,
  after: words,
  state: v.picklist(['open', 'acknowledged', 'accepted', 'muted', 'ignored', 'closed']),
  times: v.number(),
});
export type Change = v.InferOutput<typeof Change>;

const Asset = v.object({
  asset_id: v.string(),
  address: words,
  other_addresses: v.exactOptional(v.array(v.string())),
  name: words,
  vendor: words,
  os: words,
  site: v.string(),
  state: v.picklist(['present', 'absent', 'archived']),
  class: v.string(),
  first_seen: v.string(),
  last_seen: v.string(),
  open_ports: v.array(v.string()),
  new_ports: v.array(v.string()),
});
export type Asset = v.InferOutput<typeof Asset>;

const Changes = v.object({
  total: v.number(),
  changes: v.array(Change),
  not_compared: v.array(v.string()),
  next_cursor: words,
});
export type Changes = v.InferOutput<typeof Changes>;

const OneAsset = v.object({
  asset: Asset,
  ports: v.array(
    v.object({
      port: v.string(),
      state: v.picklist(['open', 'closed', 'blocked', 'silent']),
      vantage: v.string(),
      service: words,
      product: words,
      version: words,
      since: v.string(),
      confirmed: v.string(),
    }),
  ),
  expected: v.array(v.string()),
  changes: v.array(Change),
});
export type OneAsset = v.InferOutput<typeof OneAsset>;

export const Assets = v.object({ total: v.number(), assets: v.array(Asset), next_cursor: words });
export type Assets = v.InferOutput<typeof Assets>;

export const Coverage = v.object({
  coverage: v.array(
    v.object({
      network: v.string(),
      range: v.string(),
      aspect: v.string(),
      within: v.number(),
      addresses: v.number(),
      last_look: words,
      overdue: v.boolean(),
    }),
  ),
  looks: v.exactOptional(
    v.array(v.object({ first: v.string(), last: v.string(), aspect: v.string(), at: v.string() })),
  ),
});
export type Coverage = v.InferOutput<typeof Coverage>;

const status = v.picklist(['pending', 'running', 'completed', 'failed', 'cancelled']);
const failure = v.exactOptional(v.object({ code: v.string(), message: v.string(), next: v.string() }));

export const Scan = v.object({
  task_id: v.string(),
  status,
  target: words,
  percent: v.exactOptional(v.number()),
  remaining_seconds: v.exactOptional(v.number()),
  hosts_total: v.exactOptional(v.number()),
  hosts_done: v.exactOptional(v.number()),
  hosts_up: v.exactOptional(v.number()),
  open_ports: v.exactOptional(v.number()),
  error: failure,
  changes: v.exactOptional(v.array(v.string())),
  result: v.exactOptional(
    v.object({
      target: v.string(),
      hosts_total: v.number(),
      hosts_done: v.number(),
      hosts_up: v.number(),
      open_ports: v.number(),
      partial: v.boolean(),
      hosts: v.array(
        v.object({
          address: v.string(),
          hostnames: v.exactOptional(v.array(v.object({ name: v.string() }))),
          ports: v.array(
            v.object({
              port: v.number(),
              protocol: v.string(),
              state: v.string(),
              service: words,
              version: words,
            }),
          ),
        }),
      ),
      coverage: v.array(v.object({ message: v.string() })),
    }),
  ),
});
export type Scan = v.InferOutput<typeof Scan>;

export const Decided = v.object({ changes: v.array(Change), expected: v.array(v.string()) });

/** What is shown: an answer that has a page, or the words of one that has none. */
export type Screen =
  | { kind: 'changes'; facts: Changes }
  | { kind: 'asset'; facts: OneAsset }
  | { kind: 'assets'; facts: Assets }
  | { kind: 'coverage'; facts: Coverage }
  | { kind: 'scan'; facts: Scan }
  | { kind: 'words'; text: string; failed: boolean };

/** Told apart by what is in them: not every chat says which tool answered. */
export function screenOf({ text, facts, failed }: { text: string; facts: unknown; failed: boolean }): Screen {
  if (!failed) {
    const asset = v.safeParse(OneAsset, facts);
    if (asset.success) return { kind: 'asset', facts: asset.output };
    const scan = v.safeParse(Scan, facts);
    if (scan.success) return { kind: 'scan', facts: scan.output };
    const changes = v.safeParse(Changes, facts);
    if (changes.success) return { kind: 'changes', facts: changes.output };
    const assets = v.safeParse(Assets, facts);
    if (assets.success) return { kind: 'assets', facts: assets.output };
    const coverage = v.safeParse(Coverage, facts);
    if (coverage.success) return { kind: 'coverage', facts: coverage.output };
  }
  return { kind: 'words', text, failed };
}
