/** Which of the tools there are is offered: to everybody, and to MCP clients, whose models choose best among few. */
import { PortolanError } from '../../core/errors.ts';
import type { Toolset } from '../../core/toolsets.ts';
import type { AnyTool } from './define-tool.ts';

export interface OfferSettings {
  /** Only these, when there are any; over MCP whatever their toolset. */
  include: readonly string[];
  exclude: readonly string[];
  /** What MCP clients are shown. */
  toolsets: readonly Toolset[];
}

export interface Offer {
  /** REST and the command line. */
  all: AnyTool[];
  /** MCP. */
  shown: AnyTool[];
}

/** @throws PortolanError `invalid_config` for a name that no tool has, and when nothing is left. */
export function offer(tools: readonly AnyTool[], { include, exclude, toolsets }: OfferSettings): Offer {
  const names = new Set(tools.map(({ name }) => name));
  for (const [key, listed] of Object.entries({ include, exclude })) {
    const wrong = listed.find((name) => !names.has(name));
    if (wrong === undefined) continue;
    throw new PortolanError(
      'invalid_config',
      `tools.${key} names ${JSON.stringify(wrong.slice(0, 80))}, which is no tool.`,
      `The tools are: ${[...names].join(', ')}.`,
    );
  }
  const all = tools.filter(
    ({ name }) => (include.length === 0 || include.includes(name)) && !exclude.includes(name),
  );
  if (all.length === 0) {
    throw new PortolanError(
      'invalid_config',
      'tools.include and tools.exclude leave no tool to offer.',
      'Take a tool out of tools.exclude, or include another one.',
    );
  }
  return {
    all,
    shown: all.filter(({ name, toolset }) => include.includes(name) || toolsets.includes(toolset)),
  };
}
