/** What the package `portolan` exports, for tools of your own (docs/your-own-tool.md). */
export { PortolanError } from './core/errors.ts';
export {
  defineTool,
  type Tool,
  type ToolAnnotations,
  type ToolAnswer,
  type ToolContext,
} from './tools/call/define-tool.ts';
export { type CommandTool, defineCommandTool } from './tools/command/define-command-tool.ts';
export { decimal, type Grammar, matching, NO_VALUE, oneOf, wholeNumber } from './tools/command/grammar.ts';
