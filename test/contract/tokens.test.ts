/**
 * What the tools cost a model that is only shown them: name, description and arguments stand in the context of every
 * conversation. Counted in tokens of o200k, as GPT-4o and later models count.
 */
import { getEncoding } from 'js-tiktoken';
import { describe, expect, it } from 'vitest';
import { defaultConfig } from '../../src/config/load.ts';
import { listTools } from '../../src/tools/call/listing.ts';
import { offer } from '../../src/tools/call/offer.ts';
import { TOOLS } from '../../src/tools/index.ts';

const MOST_TOOLS = 20;
const MOST_TOKENS = 4200;

describe('the tools that MCP clients are shown when nothing is configured', () => {
  const shown = listTools(offer(TOOLS, defaultConfig().tools).shown, []);

  it(`are at most ${MOST_TOOLS}`, () => {
    expect(shown.length).toBeLessThanOrEqual(MOST_TOOLS);
    expect(shown.length).toBeGreaterThan(10);
  });

  it(`take at most ${MOST_TOKENS} tokens`, () => {
    const encoding = getEncoding('o200k_base');
    const costs = shown.map(({ tool, input }) => ({
      name: tool.name,
      tokens: encoding.encode(`${tool.name}\n${tool.description}\n${JSON.stringify(input)}`).length,
    }));
    const total = costs.reduce((sum, { tokens }) => sum + tokens, 0);
    expect(total, JSON.stringify(costs)).toBeLessThanOrEqual(MOST_TOKENS);
    expect(total).toBeGreaterThan(2000);
  });
});
