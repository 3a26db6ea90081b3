/** One link at most, and none for clients whose agents end on one. */
import { expect, it } from 'vitest';
import type { ToolOutcome } from '../../../src/tools/call/call-tool.ts';
import { givesLinks, toCallToolResult } from '../../../src/transports/mcp/result.ts';

const link = (extension: string) => ({
  uri: `scan://t/report.${extension}`,
  name: extension,
  title: extension,
  mimeType: 'text/plain',
});
const outcome: ToolOutcome = {
  ok: true,
  structured: { a: 1 },
  text: 'text',
  links: [link('md'), link('csv')],
};

it('gives the first link only, or none', () => {
  expect(toCallToolResult(outcome, true).content).toEqual([
    { type: 'text', text: 'text' },
    { type: 'resource_link', ...link('md') },
  ]);
  expect(toCallToolResult(outcome, false).content).toEqual([{ type: 'text', text: 'text' }]);
});

it.each([
  ['claude-code', true],
  ['inspector-client', true],
  ['sdk-1 (via mcp-remote 0.15.1)', true],
  ['@langchain/mcp-adapters', false],
  ['@langchain/mcp-adapters (via mcp-remote 0.15.1)', false],
  ['mcp', false],
  ['mcp-proxy', false],
  ['supergateway', false],
  [undefined, false],
] as const)('auto: a client that calls itself %s', (name, expected) => {
  expect(givesLinks('auto', name)).toBe(expected);
});

it('the setting outdoes the name', () => {
  expect(givesLinks('one', '@langchain/mcp-adapters')).toBe(true);
  expect(givesLinks('none', 'claude-code')).toBe(false);
});
