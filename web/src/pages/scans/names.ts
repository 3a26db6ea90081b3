/** The tools that scan, in the reader's words. */
import * as text from '../../texts/messages.js';

const NAMES: Readonly<Record<string, () => string>> = {
  quick_scan: text.scans_tool_quick,
  full_scan: text.scans_tool_full,
  scan_network: text.scans_tool_network,
  custom_scan: text.scans_tool_custom,
};

/** Tools of plugins are told by their own name. */
export function toolName(tool: string): string {
  return NAMES[tool]?.() ?? tool;
}
