/** The tools of a process: all that are offered, and those that MCP clients are shown. */
import { once } from '../core/once.ts';
import type { AnyTool } from '../tools/call/define-tool.ts';
import { type OfferSettings, offer } from '../tools/call/offer.ts';
import { createRegistry, type ToolRegistry } from '../tools/call/registry.ts';

export interface OfferedTools {
  /** Both are filled by `ready`, and change with `choose`. */
  all: ToolRegistry;
  shown: ToolRegistry;
  /** Loads the tools: their schemas are most of what a start takes. @throws PortolanError `invalid_config` */
  ready(): Promise<void>;
  /** Whether these settings name tools that exist. @throws PortolanError `invalid_config` */
  check(settings: OfferSettings): void;
  /** Offers what the settings say now. */
  choose(): void;
}

/** @param ownTools those of tools.plugins */
export function offerTools(settings: () => OfferSettings, ownTools: readonly AnyTool[]): OfferedTools {
  const known = new Map<string, AnyTool>();
  const all = new Map<string, AnyTool>();
  const shown = new Map<string, AnyTool>();
  const choose = () => {
    if (known.size === 0) return;
    const chosen = offer([...known.values()], settings());
    refill(all, chosen.all);
    refill(shown, chosen.shown);
  };
  return {
    all,
    shown,
    ready: once(async () => {
      const { TOOLS } = await import('../tools/index.ts');
      refill(known, [...createRegistry([...TOOLS, ...ownTools]).values()]);
      choose();
    }),
    check(next) {
      if (known.size > 0) offer([...known.values()], next);
    },
    choose,
  };
}

function refill(registry: Map<string, AnyTool>, tools: readonly AnyTool[]): void {
  registry.clear();
  for (const tool of tools) registry.set(tool.name, tool);
}
