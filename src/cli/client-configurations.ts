/** What to paste into MCP clients. The token itself is never printed: clients read it from an environment variable. */

const VARIABLE = 'PORTOLAN_TOKEN';
/** What VS Code asks for once and keeps. */
const INPUT = 'portolan-token';

/**
 * @param url the MCP endpoint. @param needsToken whether the server has tokens.
 * @param urlToken whether it takes one in the address too (auth.allowUrlToken)
 */
export function clientConfigurations(url: string, needsToken: boolean, urlToken = false): string {
  const header = (value: string) => (needsToken ? { headers: { Authorization: value } } : {});
  const parts = [
    [
      'Claude Code',
      `claude mcp add --transport http portolan ${url}${needsToken ? ` --header "Authorization: Bearer $${VARIABLE}"` : ''}`,
    ],
    [
      'Claude Code (.mcp.json), Gemini CLI (settings.json: httpUrl instead of url)',
      json({ mcpServers: { portolan: { type: 'http', url, ...header(`Bearer \${${VARIABLE}}`) } } }),
    ],
    [
      'Cursor (~/.cursor/mcp.json)',
      json({ mcpServers: { portolan: { url, ...header(`Bearer \${env:${VARIABLE}}`) } } }),
    ],
    [
      'VS Code (.vscode/mcp.json)',
      json({
        ...(needsToken
          ? {
              inputs: [
                {
                  id: INPUT,
                  type: 'promptString',
                  description: 'Token of Portolan',
                  password: true,
                },
              ],
            }
          : {}),
        servers: { portolan: { type: 'http', url, ...header(`Bearer \${input:${INPUT}}`) } },
      }),
    ],
    [
      'Codex (~/.codex/config.toml)',
      `[mcp_servers.portolan]\nurl = "${url}"${needsToken ? `\nbearer_token_env_var = "${VARIABLE}"` : ''}`,
    ],
    ...(needsToken && urlToken
      ? [
          [
            'Clients that cannot set headers (the address ends up in histories and logs; write the token itself where the client fills in no variables)',
            json({ mcpServers: { portolan: { url: `${url}?token=\${${VARIABLE}}` } } }),
          ],
        ]
      : []),
    ['This command line', `portolan call --url ${url} quick_scan target=127.0.0.1`],
  ];
  const about = needsToken
    ? `Clients need the token: server.token of the configuration file, in the environment variable ${VARIABLE}.`
    : 'No token is set: every user of this machine may call the server. `portolan init` makes one.';
  return [about, ...parts.map(([client, text]) => `\n# ${client}\n${text}`)].join('\n');
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
