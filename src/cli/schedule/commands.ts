/** What can be said of schedules on the command line. */
import { type Command, Option } from 'commander';
import { MISSED, OVERLAP, TEMPLATES } from '../../core/schedule.ts';

/**
 * @param schedule the command that the others are part of
 * @param remote lets a command be asked of a server elsewhere
 */
export function scheduleCommands(
  schedule: Command,
  remote: (command: Command) => Command,
  done: (status: number) => void,
): void {
  const loaded = () => import('./schedule.ts');
  const part = (name: string, description: string): Command =>
    remote(schedule.command(name).description(description).allowExcessArguments(false)).option(
      '--json',
      'print the structured answer',
    );
  timed(part('add', 'Have a scan run again and again.'))
    .argument('<name>', 'what to call it')
    .argument('[target...]', 'addresses, names, networks (CIDR) or ranges, as portolan scan takes them')
    .addOption(
      new Option('--template <name>', 'what to scan and when, ready to use')
        .choices(TEMPLATES)
        .conflicts(['full', 'options']),
    )
    .action(async (name, targets, options) => done(await (await loaded()).add(name, targets, options)));
  part('list', 'Show the schedules: when each is due next, and how its last run went.').action(
    async (options) => done(await (await loaded()).list(options)),
  );
  part('show', 'Show one schedule, its next times and its runs.')
    .argument('<name>')
    .option('--runs <number>', 'how many runs, 10 when absent')
    .action(async (name, options) => done(await (await loaded()).show(name, options)));
  timed(part('edit', 'Change what is given, and leave the rest as it is.'))
    .argument('<name>')
    .argument('[target...]', 'other targets')
    .action(async (name, targets, options) => done(await (await loaded()).edit(name, targets, options)));
  part('pause', 'Begin no more runs until it is resumed.')
    .argument('<name>')
    .option('--until <moment>', 'go on by itself then: 2026-12-31T00:00:00Z')
    .action(async (name, options) => done(await (await loaded()).pause(name, options)));
  part('resume', 'Go on with one that was paused or stopped.')
    .argument('<name>')
    .action(async (name, options) => done(await (await loaded()).act('resume', name, options)));
  part('run', 'Have a server begin a run now, beside its times.')
    .argument('<name>')
    .action(async (name, options) => done(await (await loaded()).act('run', name, options)));
  part('remove', 'Forget a schedule and the list of its runs. What was found stays.')
    .argument('<name>')
    .action(async (name, options) => done(await (await loaded()).act('remove', name, options)));
}

function timed(command: Command): Command {
  return command
    .addOption(
      new Option('--full', 'all 65,535 TCP ports with versions, instead of the 100 most common').conflicts(
        'options',
      ),
    )
    .option('--options <nmap options>', 'scan with these nmap options, such as "-sV -p 22,80"')
    .option('--scanner <name>', 'scan from this machine of the configuration, over SSH')
    .option('--when <time>', 'cron "0 2 * * *", @hourly, "every 6h", "in 10m", or a date: 2026-01-31T09:30')
    .option('--zone <zone>', 'time zone, such as Europe/Berlin; that of the server when absent')
    .option('--jitter <time>', 'begin each run up to so much later: 90s, 30m')
    .option('--window <window>', 'scan only then: 22:00-06:00, "not mon-fri 08:00-18:00"; "" for always')
    .addOption(
      new Option('--missed <policy>', 'times at which no server ran; run_once when absent').choices(MISSED),
    )
    .addOption(
      new Option('--overlap <policy>', 'when the run before still goes on; skip when absent').choices(
        OVERLAP,
      ),
    )
    .option('--notify <rule>', 'alert rule that is told of all it finds; "" for none');
}
