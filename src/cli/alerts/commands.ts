/** What can be said of alerts on the command line. */
import { type Command, Option } from 'commander';
import { SEVERITIES } from '../../core/asset.ts';

/**
 * @param remote lets a command ask a server elsewhere too
 * @param program where the command is added
 */
export function alertCommands(
  program: Command,
  remote: (command: Command) => Command,
  done: (status: number) => void,
): void {
  const alerts = remote(
    program
      .command('alerts')
      .description('Say which changes are told where: channels, rules, and what became of the messages.')
      .option('--json', 'print the structured answer')
      .allowExcessArguments(false),
  ).action(async (options) => done(await (await import('./list.ts')).list(options)));
  const part = (name: string, description: string) =>
    remote(
      alerts
        .command(name)
        .description(description)
        .option('--json', 'print the structured answer')
        .allowExcessArguments(false),
    );
  part('kinds', 'List the kinds of channel, with an example each.').action(async (options) =>
    done(await (await import('./list.ts')).kinds(options)),
  );
  part('channel', 'Make or change a channel: where messages go.')
    .argument('<name>')
    .argument('<kind>', 'portolan alerts kinds lists them')
    .argument('[key=value...]', 'host=mail.example.net to=ops@example.net password=env:PORTOLAN_ALERT_…')
    .addOption(
      new Option('--min-severity <severity>', 'what is less grave does not go there').choices(SEVERITIES),
    )
    .action(async (name, kind, pairs, options) =>
      done(await (await import('./set.ts')).channel(name, kind, pairs, options)),
    );
  timing(part('rule', 'Make or change a rule: what is told in which channels, and when.'))
    .argument('<name>')
    .argument('[query...]', 'severity:>=medium is:unexpected net:10.0.0.0/16; everything when absent')
    .requiredOption('--to <channels>', 'names of channels, comma separated')
    .option('--quiet <times>', 'send nothing between these times, as 22:00-07:00; it comes afterwards')
    .option('--quiet-days <days>', 'nights of these days alone: mon,tue,wed,thu,fri')
    .addOption(
      new Option('--unless <severity>', 'what is as grave is sent in quiet hours too').choices(SEVERITIES),
    )
    .option('--escalate <minutes:channel>', 'tell it there too when nobody has taken it up by then')
    .option('--schedule <name>', 'only what the scans of this schedule find')
    .option('--off', 'keep it, and send nothing')
    .action(async (name, query, options) =>
      done(await (await import('./set.ts')).rule(name, query, options)),
    );
  timing(part('preview', 'Say what a rule would have sent in the last 30 days.'))
    .argument('[query...]', 'as rule has it')
    .action(async (query, options) => done(await (await import('./set.ts')).preview(query, options)));
  part('report', 'Have the report of each week sent by mail: new, gone, unexpected, coverage, certificates.')
    .argument('[channel]', 'a channel of mail; with --preview none is needed')
    .option('--on <day>', 'mon when absent')
    .option('--at <time>', '08:00 when absent')
    .option('--zone <zone>', 'time zone, as Europe/Berlin')
    .option('--off', 'send it there no more')
    .option('--preview', 'print that of the last seven days as plain text, and change nothing')
    .action(async (name, options) => done(await (await import('./set.ts')).report(name, options)));
  part('window', 'Plan maintenance: what opens meanwhile is told when it is over, if it is still so.')
    .argument('[query...]', 'hosts that are worked on; all when absent')
    .requiredOption('--until <moment>', 'its end: 2026-12-31T06:00:00Z')
    .option('--from <moment>', 'its beginning, now when absent')
    .requiredOption('--reason <words>', 'why, for those who read it')
    .action(async (query, options) => done(await (await import('./set.ts')).window(query, options)));
  part('remove', 'Remove a channel, a rule or a maintenance window.')
    .argument('<what>', 'channel, rule or window')
    .argument('<name>')
    .action(async (what, name, options) =>
      done(await (await import('./set.ts')).remove(what, name, options)),
    );
  part('deliveries', 'List the messages, newest first, and why one could not be sent.')
    .addOption(new Option('--state <state>', 'only those').choices(['waiting', 'sending', 'sent', 'dead']))
    .option('--limit <number>', '20 when absent')
    .action(async (options) => done(await (await import('./list.ts')).deliveries(options)));
  part('resend', 'Send again what was given up.')
    .argument('[delivery...]', 'as deliveries lists them; all that were given up when absent')
    .action(async (ids, options) => done(await (await import('./set.ts')).resend(ids, options)));
  part('test', 'Send a test message through a channel, and say what goes wrong.')
    .argument('<channel>')
    .action(async (name, options) => done(await (await import('./set.ts')).test(name, options)));
  part('ack', 'Say that you take changes up: they are not escalated.')
    .argument('<change...>', 'as the message names them')
    .option('--reason <words>', 'for those who read it')
    .action(async (ids, options) =>
      done(
        await (await import('../inventory/changes.ts')).accept(ids, { ...options, decision: 'acknowledge' }),
      ),
    );
  alerts
    .command('send')
    .description('Send what is due now: for machines on which no server runs.')
    .allowExcessArguments(false)
    .action(async (options) => done(await (await import('./send.ts')).sendNow(options)));
}

function timing(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--digest <digest>',
        'each by itself (when absent), or all of an hour or a day together',
      ).choices(['each', 'hourly', 'daily']),
    )
    .option('--at <time>', 'of the daily message: 08:00')
    .option('--zone <zone>', 'time zone of all times here, as Europe/Berlin')
    .option('--most <number>', 'messages to a channel within ten minutes, 6 when absent; more go into one');
}
