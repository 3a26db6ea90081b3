/** The command line: what can be said, in one place. Each command's work is loaded when it is asked for. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { VERSION } from '../config/version.ts';
import { SCOPES } from '../core/caller.ts';
import { PortolanError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';
import { alertCommands } from './alerts/commands.ts';
import { EXIT } from './exit-codes.ts';
import { FORMATS } from './formats.ts';
import { exchangeCommands, inventoryCommands } from './inventory/commands.ts';
import type { CommonOptions } from './options.ts';
import { scheduleCommands } from './schedule/commands.ts';
import { note, print, printable } from './terminal.ts';

/** Runs the command that `args` say. @returns its exit status. @throws PortolanError */
export async function parse(args: readonly string[]): Promise<number> {
  let status: number = EXIT.ok;
  const program = createProgram((result) => {
    status = result;
  });
  const [first, word] = args;
  const named = word === undefined || word.startsWith('-') || word === 'help';
  if (first === 'help' && !named && !program.commands.some((one) => one.name() === word))
    throw unknownCommand(word, program);
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const [, word = ''] =
      error.code === 'commander.unknownOption' ? (/'(-[^']*)'/.exec(error.message) ?? []) : [];
    if (word !== '' && args.includes('scan'))
      note(`Options of nmap go into --options, as in: portolan scan --options "${word} …" TARGET`);
    // Help and --version end this way too, with 0.
    return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  }
  return status;
}

/** @param done told the exit status of the command that ran. */
export function createProgram(done: (status: number) => void): Command {
  const program = new Command('portolan')
    .description('Maps the ports of networks with nmap, for AI agents (MCP), scripts and people.')
    .version(VERSION)
    .option('--config <file>', 'configuration file (PORTOLAN_CONFIG)')
    .option('--db <file>', 'database file (scans.database)')
    .option('--set <key=value>', 'any setting, such as security.maxAddresses=16; may be repeated', collect)
    // The options above are taken before and after the command's name, and handed on to it.
    .hook('preAction', (_, command) => {
      for (const [name, value] of Object.entries(program.opts())) command.setOptionValue(name, value);
    })
    .configureHelp({ showGlobalOptions: true })
    .helpCommand('help [command]', 'Show what can be said.')
    .exitOverride()
    // What is wrong with a word repeats the word.
    .configureOutput({ writeErr: (text) => process.stderr.write(printable(text)) })
    .showSuggestionAfterError()
    .showHelpAfterError('(portolan --help shows what can be said)')
    .allowExcessArguments()
    .addHelpText(
      'after',
      '\nWithout a command it speaks MCP over standard input and output, as clients start it.\n' +
        'Exit status: 0 done, 1 failed or refused, 2 wrong command line or configuration, 130 interrupted,\n' +
        '3 somebody scanned (pcap --fail-on-suspects), or something changed (changes --fail-on).',
    );

  const command = (name: string, description: string): Command =>
    program.command(name).description(description).allowExcessArguments(false);

  program.action(async (options: CommonOptions) => {
    const [word] = program.args;
    if (word !== undefined) throw unknownCommand(word, program);
    done(await (await import('./stdio.ts')).serveStdio(options));
  });
  command('serve', 'Serve MCP over HTTP, and print what to paste into a client.')
    .option('--host <address>', 'address to listen on (server.host)')
    .option('--port <number>', 'port to listen on (server.port)')
    .option('--path <path>', 'path of the MCP endpoint (server.path)')
    .action(async (options) => done(await (await import('./serve.ts')).serve(options)));
  command(
    'worker',
    'Run what servers of the same zone and database were asked for; any number, on any machine that reaches the same networks.',
  ).action(async (options) => done(await (await import('./worker.ts')).work(options)));
  command(
    'open',
    'Open the dashboard of the server here in a browser, logged in by a link that is good once.',
  )
    .option('--print', 'print the link alone')
    .action(async (options) => done(await (await import('./open.ts')).open(options)));
  remote(command('scan', 'Scan, watch it, and print a table. Ctrl-C stops it and keeps what was found.'))
    .argument('<target...>', 'addresses, names, networks (CIDR) or ranges (a.b.c.d-e)')
    .addOption(
      new Option('--full', 'all 65,535 TCP ports with versions, instead of the 100 most common').conflicts(
        'options',
      ),
    )
    .option('--options <nmap options>', 'scan with these nmap options, such as "-sV -p 22,80"')
    .option('--scanner <name>', 'scan from this machine of the configuration, over SSH')
    .option(
      '-o, --output <file>',
      'write the report into a file too; its name ends .md, .json, .csv, .xml, …',
    )
    .option('--format <format>', `print the report in this format instead of a table: ${FORMATS}`)
    .addOption(new Option('--json', 'print the result as JSON').conflicts('format'))
    .action(async (targets, options) => done(await (await import('./scan.ts')).scan(targets, options)));
  remote(command('resume', 'Go on with a scan that was ended early, and print it as `scan` does.'))
    .argument('<task>', 'the task of the scan (portolan tasks lists them)')
    .option('-o, --output <file>', 'write the report into a file too')
    .option('--format <format>', `print the report in this format instead of a table: ${FORMATS}`)
    .addOption(new Option('--json', 'print the result as JSON').conflicts('format'))
    .action(async (task, options) => done(await (await import('./scan.ts')).resume(task, options)));
  remote(command('report', 'Print the whole report of a scan, or write it into a file.'))
    .argument('<task>', 'the task of the scan (portolan tasks lists them), or scan://…')
    .option(
      '--format <format>',
      `${FORMATS} (greppable as nmap -oG, lines: one a port); by the name of the file, else md`,
    )
    .option('-o, --output <file>', 'write it into this file')
    .action(async (task, options) => done(await (await import('./report.ts')).report(task, options)));
  remote(command('call', 'Call any tool of a local or remote server and print its answer.'))
    .argument('[tool]', 'name of the tool; without one, the tools are listed')
    .argument('[key=value...]', 'its arguments')
    .option('--json', 'print the structured answer')
    .action(async (tool, pairs, options) =>
      done(await (await import('./call.ts')).call(tool, pairs, options)),
    );
  remote(command('tasks', 'List the scans, newest first.'))
    .option('--state <state>', 'only those that are pending, running, completed, failed or cancelled')
    .option('--all', 'all of them, instead of the newest 20')
    .option('--json', 'print the structured answer')
    .action(async (options) => done(await (await import('./tasks.ts')).tasks(options)));
  inventoryCommands((name, description) => remote(command(name, description)), done);
  exchangeCommands(command, done);
  const schedule = command(
    'schedule',
    'Scans that run again and again: add, list, show, edit, pause, resume, run, remove.',
  );
  scheduleCommands(schedule, remote, done);
  alertCommands(program, remote, done);
  command('prune', 'Delete ended scans that are older than scans.keepDays.')
    .option('--days <number>', 'keep this many days instead; less than one is asked about')
    .option('--yes', 'it is meant: ask nothing')
    .action(async (options) => done(await (await import('./prune.ts')).prune(options)));
  command(
    'doctor',
    'Check this machine: nmap, privileges, configuration, database; say what mends each finding.',
  )
    .option('--scanner <name>', 'check a scanner of the configuration instead, step by step')
    .option('--json', 'print the findings as JSON')
    .action(async (options) => done(await (await import('./doctor.ts')).doctor(options)));
  command(
    'health',
    'Ask the server of this database whether it takes calls; exit status 1 when it does not.',
  ).action(async (options) => done(await (await import('./health.ts')).health(options)));
  command('trust', 'Show the host key of a scanner, and make it known once you have compared it.')
    .argument('<scanner>', 'its name in the configuration, or [user@]host[:port]')
    .option('--yes', 'the key has been compared: ask nothing')
    .action(async (name, options) => done(await (await import('./trust.ts')).trust(name, options)));
  command('check-config', 'Check the configuration and show what it comes to, secrets hidden.')
    .option('--json', 'print it as JSON')
    .action(async (options) => done(await (await import('./check-config.ts')).checkConfig(options)));
  command('pcap', 'Say who scanned in a packet capture: a file, or - for standard input.')
    .argument('<file>', 'pcap or pcapng, may be compressed; `tcpdump -w - | portolan pcap -`')
    .option('--json', 'print the whole report as JSON')
    .option('--csv', 'print the suspects as CSV')
    .option('--markdown', 'print the report as Markdown')
    .option(
      '--min-ports <number>',
      'fewest ports of a host or hosts of a port; below 10 shows weaker evidence too',
    )
    .option('--min-rate <number>', 'least rate in the best window, new endpoints a second; hides slow scans')
    .option('--known <address>', 'address or network of an expected scanner; may be repeated', collect)
    .option('--fail-on-suspects', 'exit status 3 when somebody scanned')
    .action(async (file, options) => done(await (await import('./pcap.ts')).pcap(file, options)));
  command('init', 'Write a commented configuration file with a fresh token.')
    .argument('[file]', 'where to; the configuration directory of this user when absent')
    .option('--force', 'write over an existing file')
    .action(async (file, options) => done(await (await import('./init.ts')).init(file, options)));
  const service = command('service', 'Run the HTTP server in the background, with or without systemd.');
  const part = (name: 'start' | 'stop' | 'restart' | 'status' | 'logs' | 'validate', description: string) =>
    service
      .command(name)
      .description(description)
      .allowExcessArguments(false)
      .action(async (options) => done(await (await import('./service.ts'))[name](options)));
  part('start', 'Start it and wait until it listens.');
  part('stop', 'Let waiting calls finish (server.shutdownGraceSeconds), then end it.');
  part('restart', 'Check the configuration, stop it and start it as it was started.');
  part('status', 'Whether it runs, and where; exit status 3 when it does not.').option(
    '--json',
    'print it as JSON',
  );
  part('logs', 'Its last words.')
    .option('--lines <number>', 'how many lines', '50')
    .option('--follow', 'go on until Ctrl-C');
  part('validate', 'Check the configuration and the tools of your own, without starting anything.');
  const token = command('token', 'Tokens of the HTTP server: create, list, revoke.');
  token
    .command('create')
    .description('Make a token; it is shown once and kept as a hash.')
    .argument('<name>', 'who will use it; the owner of its scans')
    .option('--scopes <list>', `comma separated: ${SCOPES.join(', ')}`)
    .option('--sites <list>', 'sites of the inventory that it is bound to, comma separated; all when absent')
    .option('--expires <time>', '90d, 12h, 30m or never; 365d when absent')
    .addOption(
      new Option(
        '--entry',
        'print an entry for server.tokens of a configuration file instead of storing it; it does not expire',
      ).conflicts('expires'),
    )
    .allowExcessArguments(false)
    .action(async (name, options) => done(await (await import('./token.ts')).createToken(name, options)));
  token
    .command('list')
    .description('Show the tokens there are and were.')
    .option('--json', 'print them as JSON')
    .allowExcessArguments(false)
    .action(async (options) => done(await (await import('./token.ts')).listTokens(options)));
  token
    .command('revoke')
    .description('End a token.')
    .argument('<name>')
    .allowExcessArguments(false)
    .action(async (name, options) => done(await (await import('./token.ts')).revokeToken(name, options)));
  const database = command(
    'db',
    'The database as a whole: status, check, backup, restore, migrate, compact.',
  );
  const onDatabase = (name: string, description: string): Command =>
    database.command(name).description(description).allowExcessArguments(false);
  onDatabase('status', 'Its size, what is in it, and how far its tables are.')
    .option('--json', 'print it as JSON')
    .action(async (options) => done(await (await import('./database.ts')).status(options)));
  onDatabase('check', 'Whether it is sound; exit status 1 when it is not.').action(async (options) =>
    done(await (await import('./database.ts')).check(options)),
  );
  onDatabase('backup', 'Write a whole copy into a new file, while servers go on.')
    .argument('<file>')
    .action(async (file, options) => done(await (await import('./database.ts')).backup(file, options)));
  onDatabase('restore', 'Put a backup in its place; what was there is kept beside it.')
    .argument('<file>', 'what `portolan db backup` wrote')
    .action(async (file, options) => done(await (await import('./database.ts')).restore(file, options)));
  onDatabase('migrate', 'Copy it into another database; run again, it copies what has come since.')
    .requiredOption('--to <database>', 'a file, or env:NAME or file:/path that holds postgres://…')
    .action(async (options) => done(await (await import('./database.ts')).migrate(options)));
  onDatabase('compact', 'Give back to the disk what deleted scans had taken.').action(async (options) =>
    done(await (await import('./database.ts')).compact(options)),
  );
  const audit = command(
    'audit',
    'Check the audit: the file in which stands who asked for what, what was refused and what ran.',
  );
  audit
    .command('verify')
    .description('Check that no record was changed, removed, added or moved. Exit status 1 when one was.')
    .argument('[file]', 'the audit file; logging.auditFile when absent')
    .option('--head <head>', 'what an earlier verification printed: shows whether the end was cut off since')
    .option('--heads <file>', 'heads that were noted at intervals; logging.auditHeadFile when absent')
    .option('--from <head>', 'check from this record on: older ones were moved away, or are known to be lost')
    .option('--json', 'print the findings as JSON')
    .allowExcessArguments(false)
    .action(async (file, options) => done(await (await import('./audit.ts')).verifyAudit(file, options)));
  audit
    .command('head')
    .description('Print number and hash of the last record, to be kept elsewhere.')
    .argument('[file]', 'the audit file; logging.auditFile when absent')
    .allowExcessArguments(false)
    .action(async (file, options) => done(await (await import('./audit.ts')).auditHead(file, options)));
  command('version', 'Show the version.').action(() => {
    print(VERSION);
    done(EXIT.ok);
  });
  onceEach(program);
  for (const one of program.commands) ownHelp(one, 'portolan');
  return program;
}

/** After a mistake in a command, its own help is what helps. */
function ownHelp(command: Command, before: string): void {
  const words = `${before} ${command.name()}`;
  command.showHelpAfterError(`(${words} --help shows what can be said)`);
  for (const one of command.commands) ownHelp(one, words);
}

/** An option that is given twice would drop its first value without a word. */
function onceEach(command: Command): void {
  for (const option of command.options) {
    const { parseArg, argChoices } = option;
    if ((!option.required && !option.optional) || (parseArg && !argChoices)) continue;
    option.argParser((value) => {
      const given = command.getOptionValueSource(option.attributeName()) === 'cli';
      if (given) throw new InvalidArgumentError(`${option.long} is given twice.`);
      if (argChoices && !argChoices.includes(value))
        throw new InvalidArgumentError(`Allowed choices are ${argChoices.join(', ')}.`);
      return value;
    });
  }
  for (const one of command.commands) onceEach(one);
}

function unknownCommand(word: string, { commands }: Command): PortolanError {
  const names = commands.map((command) => command.name());
  const near = nearest(word, names);
  return new PortolanError(
    'invalid_argument',
    `There is no command "${word}".`,
    near ? `Did you mean portolan ${near}?` : `The commands: ${names.join(', ')}.`,
  );
}

function remote(command: Command): Command {
  return command
    .option('--url <url>', 'a server elsewhere: https://host:8765/mcp')
    .option('--token-env <name>', 'environment variable that holds its token; PORTOLAN_TOKEN when absent');
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
