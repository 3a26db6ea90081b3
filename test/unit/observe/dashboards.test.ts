/** The shipped dashboard and alert rules ask only for metrics that exist, and Prometheus' own tool accepts the rules. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { Metrics } from '../../../src/observe/metrics.ts';

const deploy = (path: string) => fileURLToPath(new URL(`../../../deploy/${path}`, import.meta.url));
const ALERTS = deploy('prometheus/alerts.yml');

const Dashboard = z.object({
  uid: z.string(),
  panels: z.array(
    z.object({
      id: z.number(),
      title: z.string(),
      targets: z.array(z.object({ expr: z.string() })).optional(),
    }),
  ),
  templating: z.object({
    list: z.array(z.object({ query: z.union([z.string(), z.object({ query: z.string() })]) })),
  }),
});
const Rules = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })),
});

const dashboard = Dashboard.parse(
  JSON.parse(readFileSync(deploy('grafana/dashboards/portolan.json'), 'utf8')),
);
const rules = Rules.parse(parse(readFileSync(ALERTS, 'utf8'))).groups.flatMap((group) => group.rules);

const metrics = new Metrics({
  version: '1',
  queue: async () => ({ pending: 0, running: 0 }),
  breakers: () => [],
});
/** Prometheus itself makes this one for each target. */
const existing = new Set([...metrics.names(), 'up']);

const KEYWORDS = new Set(['by', 'without', 'on', 'ignoring', 'and', 'or', 'unless', 'le', 'label_values']);

/** The names of metrics in a PromQL expression: words that are neither function, label, keyword nor duration. */
function metricsIn(expression: string): string[] {
  const bare = expression
    .replace(/"[^"]*"/g, '""')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(?:by|without)\s*\([^)]*\)/g, '')
    .replace(/label_values\(([^,]+),[^)]*\)/g, '$1');
  return [...bare.matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*(?!\s*\()\b/g)]
    .filter(({ 0: word, index }) => !KEYWORDS.has(word) && !/^\s*\(/.test(bare.slice(index + word.length)))
    .map(([word]) => word);
}

const queries = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)),
  ...dashboard.templating.list.flatMap(({ query }) =>
    typeof query === 'string' ? [] : [['variable', query.query] as const],
  ),
  ...rules.map(({ alert, expr }) => [alert, expr] as const),
];

describe('the dashboard and the alert rules', () => {
  it.each(queries)('%s asks only for metrics that exist: %s', (_, expression) => {
    const asked = metricsIn(expression);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((name) => !existing.has(name))).toEqual([]);
  });

  it('would be found out if they asked for others', () => {
    const others = 'sum by (tool) (rate(mcp_tool_executions_total{tool="x"}[5m])) / no_such_metric > 1';
    expect(metricsIn(others)).toEqual(['mcp_tool_executions_total', 'no_such_metric']);
  });

  it('show every metric of ours', () => {
    const ours = metrics.names().filter((name) => /^(mcp_|portolan_|circuit_)/.test(name));
    const asked = new Set(queries.flatMap(([, expression]) => metricsIn(expression)));
    expect(ours.filter((name) => !/_(sum|count)$/.test(name) && !asked.has(name))).toEqual([]);
  });

  it('have panels with ids of their own', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('have panels whose expressions Prometheus can read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'portolan-panels-'));
    const file = join(folder, 'panels.yml');
    const panels = dashboard.panels.flatMap(({ targets = [] }) => targets);
    const plain = panels.map(({ expr }, index) => ({
      record: `panel:${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
    }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules: plain }] }));
    expect(execFileSync('promtool', ['check', 'rules', file], { encoding: 'utf8' })).toContain(
      `SUCCESS: ${plain.length} rules found`,
    );
    rmSync(folder, { recursive: true });
  });

  it('have rules that promtool accepts', () => {
    expect(execFileSync('promtool', ['check', 'rules', ALERTS], { encoding: 'utf8' })).toContain(
      `SUCCESS: ${rules.length} rules found`,
    );
  });

  it('read metrics whose form and names promtool accepts', async () => {
    const { stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], {
      input: await metrics.text(),
      encoding: 'utf8',
    });
    // The names of Node's own metrics are the library's, and not all to promtool's taste.
    const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line && !line.startsWith('nodejs_'));
    expect(complaints).toEqual([]);
  });

  it('name labels that the metrics have', async () => {
    metrics.callEnded('1', 'quick_scan', 'internal', 1);
    metrics.call('quick_scan', 'success');
    metrics.transition('quick_scan', 'closed', 'open');
    metrics.scanEnded('quick_scan', 'completed', 1);
    metrics.healthChecked({
      status: 'healthy',
      checks: [{ name: 'store', priority: 'important', ok: true, message: '' }],
    });
    const text = await metrics.text();
    for (const label of [
      'tool',
      'status',
      'error_type',
      'name',
      'result',
      'to_state',
      'from_state',
      'state',
      'check',
      'le',
      'version',
    ]) {
      expect(text).toMatch(new RegExp(`[{,]${label}="`));
    }
  });
});
