/** The REST API. Scans, tasks and captures are the tools of tools/index.ts, called as MCP calls them. */
import type { Context, Hono } from 'hono';
import { etag } from 'hono/etag';
import { cleanField } from '../../core/clean.ts';
import { type ErrorCode, PortolanError } from '../../core/errors.ts';
import { mostBodyBytes } from '../../tools/call/argument-size.ts';
import { offeredInput } from '../../tools/call/listing.ts';
import { OPERATIONS } from '../../tools/call/operations.ts';
import { schemasOf } from '../../tools/call/registry.ts';
import { jsonBody } from '../http/body.ts';
import type { HttpEnv } from '../http/env.ts';
import { refuse } from '../http/errors.ts';
import { answerWith } from './call.ts';
import { mountCaptures } from './captures.ts';
import { door } from './door.ts';
import { createEventStreams } from './event-stream.ts';
import { sendExport } from './export.ts';
import { openApi } from './openapi.ts';
import { counted } from './query.ts';
import { sendReport } from './report.ts';
import { mountSession } from './session.ts';
import type { HealthReport, RestDependencies } from './sources.ts';
import { STATUS } from './status.ts';

type RestContext = Context<HttpEnv>;

const HEALTH_STATUS = { healthy: 200, degraded: 207, unhealthy: 503 } as const satisfies Record<
  HealthReport['status'],
  number
>;

/** For orchestrators, without a token: whether the process is alive, and whether it takes calls. */
export function mountProbes(app: Hono<HttpEnv>, deps: Pick<RestDependencies, 'health' | 'draining'>): void {
  app.get('/health/live', (context) => context.json({ status: 'alive' }));
  app.get('/health/ready', async (context) => {
    const ready = !deps.draining?.() && (await deps.health?.report())?.status !== 'unhealthy';
    return context.json({ status: ready ? 'ready' : 'not_ready' }, ready ? 200 : 503);
  });
}

/** Everything else, behind the gate. @returns the streams that must end when the server stops. */
export function mountRest(app: Hono<HttpEnv>, deps: RestDependencies): { close(): void } {
  const { tools, version, states, scanners = () => [] } = deps;
  const streams = createEventStreams(deps.events);
  let made: { of: string; document: ReturnType<typeof openApi>; text: string } | undefined;
  // As large as it is, it is made anew only when other tools are offered.
  const described = () => {
    const of = [...tools.keys(), '', ...scanners()].join();
    if (made?.of === of) return made;
    const document = openApi({ tools, scanners: scanners() }, version, deps.publicUrl);
    made = { of, document, text: JSON.stringify(document) };
    return made;
  };

  const to = (operation: Parameters<typeof door>[1]) => door(deps, operation);

  app.get('/', to(OPERATIONS.describe), (context) =>
    context.json({
      name: 'portolan',
      version,
      transport: { mcp: deps.mcpPath, rest: '/' },
      tools: toolsFor(context).map(({ name }) => name),
      endpoints: Object.entries(described().document.paths).flatMap(([path, operations]) =>
        Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
      ),
    }),
  );
  app.get('/openapi.json', to(OPERATIONS.describe), (context) =>
    context.body(described().text, 200, { 'Content-Type': 'application/json' }),
  );

  app.get('/tools', to(OPERATIONS.describe), (context) =>
    context.json({
      tools: toolsFor(context).map((tool) => {
        const { name, title, description, toolset, scope, annotations } = tool;
        const { output } = schemasOf(tool);
        return {
          name,
          title,
          description,
          toolset,
          scope,
          annotations,
          enabled: states.isEnabled(name),
          input_schema: offeredInput(tool, scanners()),
          output_schema: output,
        };
      }),
    }),
  );
  app.post('/tools/:name/execute', async (context) => {
    const body = await jsonBody(context, deps.maxBodyBytes ?? mostBodyBytes(tools.values()));
    if (body instanceof Response) return body;
    const detach = /(^|[,;\s])respond-async($|[,;\s])/i.test(context.req.header('prefer') ?? '');
    return await answerWith(deps, context, context.req.param('name'), body, { detach, taskPath: true });
  });
  for (const [action, enabled] of [
    ['enable', true],
    ['disable', false],
  ] as const) {
    app.post(`/tools/:name/${action}`, to(OPERATIONS.switchTool), async (context) => {
      const name = context.req.param('name');
      const caller = context.get('caller');
      if (!tools.has(name)) {
        return answer(
          context,
          'tool_not_found',
          `There is no tool "${cleanField(name, 80)}".`,
          'GET /tools lists them.',
        );
      }
      await states.set(name, enabled, caller.name);
      deps.onSwitched?.({ tool: name, enabled, caller });
      return context.json({ name, enabled });
    });
  }

  mountSession(app, deps);
  mountCaptures(app, deps);

  app.get('/breakers', to(OPERATIONS.readBreakers), (context) =>
    context.json({ breakers: deps.breakers?.snapshots() ?? [] }),
  );
  app.post('/breakers/:name/close', to(OPERATIONS.closeBreaker), (context) => {
    const name = context.req.param('name');
    if (!deps.breakers?.forceClose(name)) {
      return answer(
        context,
        'invalid_argument',
        `There is no circuit breaker "${cleanField(name, 80)}".`,
        'GET /breakers lists them.',
      );
    }
    deps.onClosed?.({ breaker: name, caller: context.get('caller') });
    return context.json({ name, state: 'closed' });
  });

  // The same answer is not sent twice: RFC 9110, section 8.8.3.
  app.use('/assets/*', etag());
  app.use('/changes', etag());
  app.get('/assets', (context) => answerWith(deps, context, 'find_assets', counted(context.req.query())));
  app.get('/assets/:asset', (context) =>
    answerWith(deps, context, 'get_asset', { ...context.req.query(), asset: context.req.param('asset') }),
  );
  app.get('/changes', (context) => answerWith(deps, context, 'what_changed', counted(context.req.query())));
  app.get('/inventory/export/:format', to(OPERATIONS.exportInventory), (context) =>
    sendExport(deps, context, context.req.param('format')),
  );
  app.get('/tasks', (context) => answerWith(deps, context, 'list_tasks', context.req.query()));
  app.get('/tasks/:id', (context) =>
    answerWith(deps, context, 'get_task_status', {
      ...context.req.query(),
      task_id: context.req.param('id'),
    }),
  );
  app.get('/tasks/:id/result', (context) =>
    answerWith(deps, context, 'get_task_result', {
      ...context.req.query(),
      task_id: context.req.param('id'),
    }),
  );
  app.get('/tasks/:id/:report{report\\.[a-z]{1,16}}', to(OPERATIONS.readReport), (context) =>
    sendReport(deps, context, context.req.param('id'), context.req.param('report').slice('report.'.length)),
  );
  app.delete('/tasks/:id', (context) =>
    answerWith(deps, context, 'cancel_task', { task_id: context.req.param('id') }),
  );

  app.get('/health', to(OPERATIONS.readHealth), async (context) => {
    const report = await (deps.health?.report() ?? { status: 'healthy' as const });
    return context.json(report, HEALTH_STATUS[report.status]);
  });
  app.get('/metrics', to(OPERATIONS.readMetrics), async (context) => {
    if (!deps.metrics) return context.notFound();
    return context.text(await deps.metrics.text(), 200, { 'Content-Type': deps.metrics.contentType });
  });
  app.get('/events', to(OPERATIONS.followEvents), (context) => streams.open(context));
  app.get('/config', to(OPERATIONS.readConfig), (context) => context.json(deps.config()));
  app.get('/system', to(OPERATIONS.readSystem), async (context) => {
    if (!deps.system) return context.notFound();
    return context.json(await deps.system());
  });
  return { close: () => streams.close() };

  /** Those the caller's scopes are enough for. */
  function toolsFor(context: RestContext) {
    const { scopes } = context.get('caller');
    return [...tools.values()].filter(({ scope }) => scopes.has(scope));
  }
}

function answer(context: RestContext, code: ErrorCode, message: string, next: string): Response {
  return refuse(context, STATUS[code], new PortolanError(code, message, next));
}
