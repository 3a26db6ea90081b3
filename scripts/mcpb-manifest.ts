/** Prints the manifest of the bundle for desktop clients (MCPB manifest 0.3), from package.json and the tools. */
import manifest from '../package.json' with { type: 'json' };
import { defaultConfig } from '../src/config/load.ts';
import { offer } from '../src/tools/call/offer.ts';
import { TOOLS } from '../src/tools/index.ts';

const { name, version, description, license, engines } = manifest;

console.log(
  JSON.stringify(
    {
      manifest_version: '0.3',
      name,
      display_name: 'Portolan',
      version,
      description,
      author: { name: 'The Portolan maintainers' },
      license,
      keywords: ['nmap', 'network', 'security', 'pcap'],
      server: {
        type: 'node',
        entry_point: 'dist/main.js',
        mcp_config: {
          command: 'node',
          // biome-ignore lint/suspicious/noTemplateCurlyInString: the client fills it in.
          args: ['${__dirname}/dist/main.js'],
          env: {
            // biome-ignore lint/suspicious/noTemplateCurlyInString: the client fills it in.
            PORTOLAN_SECURITY__ALLOWED_NETWORKS: '${user_config.allowed_networks}',
            // biome-ignore lint/suspicious/noTemplateCurlyInString: the client fills it in.
            PORTOLAN_CAPTURES__ALLOWED_DIR: '${user_config.captures}',
          },
        },
      },
      tools: offer(TOOLS, defaultConfig().tools).shown.map((tool) => ({
        name: tool.name,
        description: tool.description,
      })),
      tools_generated: false,
      user_config: {
        allowed_networks: {
          type: 'string',
          title: 'Further networks that may be scanned',
          description:
            'Beside private and loopback ones, separated by commas, such as 198.51.100.0/24. List only what is yours.',
          required: false,
          default: '',
        },
        captures: {
          type: 'string',
          title: 'Folder of packet captures',
          description: 'Absolute path of the one folder whose captures may be read. Empty: none.',
          required: false,
          default: '',
        },
      },
      compatibility: { platforms: ['linux', 'darwin'], runtimes: { node: engines.node } },
    },
    null,
    2,
  ),
);
