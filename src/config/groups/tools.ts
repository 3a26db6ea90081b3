/** Settings: which tools are offered, and the limits of command tools. */
import { z } from 'zod';
import { TOOLSETS, type Toolset } from '../../core/toolsets.ts';
import * as of from '../setting-types.ts';

/** Shown to those who ask for them. */
const UNASKED: ReadonlySet<Toolset> = new Set([
  'command',
  'captures_admin',
  'inventory_admin',
  'schedules',
  'alerts',
]);

export const tools = {
  plugins: of.optional(
    'Folder with tools of your own, one file each. Whoever can write there runs code as this service. See [your-own-tool.md](your-own-tool.md).',
    of.path,
    { defaultText: 'none' },
  ),
  include: of.list('Only these tools are offered, and over MCP too, whatever their toolset.', of.text),
  exclude: of.list('Tools that are not offered.', of.text),
  toolsets: of.setting<Toolset[]>(
    'Groups of tools that MCP clients are shown. REST and the command line have all of them.',
    () => z.array(z.enum(TOOLSETS)),
    () => TOOLSETS.filter((set) => !UNASKED.has(set)),
  ),
  resourceLinks: of.choice(
    'Whether an answer over MCP links to its report. `auto`: one link, none for clients that are known to fail on it (LangChain) or that hide behind a bridge. The text names the address anyway.',
    ['auto', 'one', 'none'],
    'auto',
  ),
  timeoutSeconds: of.count(
    'Longest time a command tool takes when the call does not say `timeout_sec`; a tool may have less.',
    [1, 3600],
    300,
  ),
  concurrency: of.count('Commands of one tool at the same time, where the tool does not say.', [1, 100], 2),
  maxArgsLength: of.count('Longest `extra_args`, in characters.', [1, 65_536], 2048),
  maxStdoutBytes: of.count(
    'Bytes of standard output that a command tool keeps; the rest is cut, and said.',
    [1024, 67_108_864],
    1_048_576,
  ),
  maxStderrBytes: of.count('Bytes of standard error that it keeps.', [1024, 67_108_864], 262_144),
};
