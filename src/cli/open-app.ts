/** The application for a command, with its log. */
import { type App, createApp } from '../app/app.ts';
import type { LoadedConfig } from '../config/load.ts';
import { secretValues } from '../config/secrets.ts';
import { VERSION } from '../config/version.ts';
import { PortolanError } from '../core/errors.ts';
import { createLogger, type OpenLog } from '../observe/log.ts';
import type { AnyTool } from '../tools/call/define-tool.ts';
import { PROMPTS } from '../tools/prompts/prompts.ts';
import type { McpDependencies } from '../transports/mcp/server.ts';

/**
 * @param options.adopts whether it also goes on with scans that another process left behind, as a server does.
 * @param options.toolsLater gives the application before its tools are loaded ({@link App.ready}), unless the settings
 * choose among them: what is wrong with that choice is said at the start.
 * @param options.scans whether it scans at once, so that what that waits for is begun before the tools are loaded.
 * @throws PortolanError
 */
export async function openApp(
  { config, file, notices }: LoadedConfig,
  { adopts, toolsLater = false, scans = false }: { adopts: boolean; toolsLater?: boolean; scans?: boolean },
): Promise<{ app: App; log: OpenLog }> {
  const log = openLog({ config });
  if (file !== undefined) log.debug({ file }, 'configuration read');
  for (const notice of notices) log.warn({ notice }, 'configuration');
  const ownTools = await pluginsOf(config);
  const app = createApp(config, { log, adopts, ownTools });
  if (scans) app.prepare();
  const { include, exclude, plugins } = config.tools;
  const chosen = plugins !== undefined || include.length + exclude.length > 0;
  if (!toolsLater || chosen) await app.ready();
  return { app, log };
}

/** The tools of tools.plugins. @throws PortolanError `invalid_config` */
export async function pluginsOf({ tools: { plugins } }: LoadedConfig['config']): Promise<AnyTool[]> {
  if (plugins === undefined) return [];
  const [{ loadPlugins }, { TOOLS }] = await Promise.all([
    import('../tools/call/plugins.ts'),
    import('../tools/index.ts'),
  ]);
  return await loadPlugins(
    plugins,
    TOOLS.map(({ name }) => name),
  );
}

/** What MCP transports serve of it. */
export function mcpOf(app: App): McpDependencies {
  const { shownTools: tools, ready, services, resources, tasks, onDefect } = app;
  const { gates, observers, scanners, states } = app;
  return {
    tools,
    services,
    resources,
    tasks,
    onDefect,
    gates,
    observers,
    ready,
    resourceLinks: () => app.config.tools.resourceLinks,
    scanners,
    isEnabled: (name) => tools.has(name) && states.isEnabled(name),
    prompts: PROMPTS,
    version: VERSION,
  };
}

function openLog({ config }: Pick<LoadedConfig, 'config'>): OpenLog {
  try {
    return createLogger(config.logging, () => secretValues(config));
  } catch (cause) {
    throw new PortolanError(
      'invalid_config',
      `The log file ${config.logging.file} cannot be opened (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}).`,
      'Set logging.file to a file in an existing folder that is yours, or leave it out.',
      { cause },
    );
  }
}
