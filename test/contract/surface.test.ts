/**
 * The public surface, pinned: a change of a tool's name, arguments, answer or error codes shows up as a changed file
 * in review. `npx vitest run --project unit test/contract -u` writes the files anew.
 */
import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../src/core/errors.ts';
import { schemasOf } from '../../src/tools/call/registry.ts';
import { TOOLS } from '../../src/tools/index.ts';
import { PROMPTS } from '../../src/tools/prompts/prompts.ts';

const pinned = (name: string) => `./__pinned__/${name}.json`;
const asFile = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

describe('the public surface', () => {
  it.each(TOOLS.map((tool) => [tool.name, tool] as const))(
    'has the tool %s as it was',
    async (name, tool) => {
      const { input, output } = schemasOf(tool);
      await expect(
        asFile({
          name,
          title: tool.title,
          annotations: tool.annotations,
          toolset: tool.toolset,
          scope: tool.scope,
          input,
          output,
        }),
      ).toMatchFileSnapshot(pinned(`tools/${name}`));
    },
  );

  it('has no tool more or less', async () => {
    await expect(asFile(TOOLS.map((tool) => tool.name))).toMatchFileSnapshot(pinned('tools'));
  });

  it('has these error codes', async () => {
    await expect(asFile(ERROR_CODES)).toMatchFileSnapshot(pinned('error-codes'));
  });

  it('has these prompts', async () => {
    const prompts = PROMPTS.map((prompt) => ({
      name: prompt.name,
      arguments: Object.keys(prompt.arguments.shape),
    }));
    await expect(asFile(prompts)).toMatchFileSnapshot(pinned('prompts'));
  });

  it('describes every tool and every argument in words a model can choose by', () => {
    for (const tool of TOOLS) {
      expect(tool.description.length, tool.name).toBeGreaterThan(40);
      const { properties = {} } = schemasOf(tool).input as {
        properties?: Record<string, { description?: string }>;
      };
      for (const [argument, schema] of Object.entries(properties)) {
        expect(schema.description, `${tool.name}.${argument}`).toBeTruthy();
      }
    }
  });
});
