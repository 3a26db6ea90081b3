/** The inspector's command line: every step is a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BIN = fileURLToPath(
  new URL(
    '../../../node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js',
    import.meta.url,
  ),
);

export async function connect({ url, era }) {
  const inspect = async (options, signal) => {
    const args = [BIN, '--cli', '--protocol-era', era === '2025-11-25' ? 'legacy' : 'modern'];
    const target = ['--transport', 'http', '--server-url', url];
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [...args, '--format', 'json', ...options, ...target],
      { signal },
    ).catch((error) => error);
    return `${stdout}${stderr}`;
  };
  return {
    aborts: true,
    // By then its process has started and called.
    abortAfterMs: 6000,
    followsTasks: era !== '2025-11-25',
    // Remarks on the schemas follow the line of JSON.
    tools: async () =>
      JSON.parse((await inspect(['--method', 'tools/list'])).split('\n')[0]).result.tools.map(
        ({ name }) => name,
      ),
    call: (name, args, signal) =>
      inspect(
        ['--method', 'tools/call', '--tool-name', name, '--tool-args-json', JSON.stringify(args)],
        signal,
      ),
    close: async () => {},
  };
}
