/** What can be said of the inventory on the command line. */
import { type Command, Option } from 'commander';
import { SEVERITIES } from '../../core/asset.ts';
import { EFFECTS } from '../../core/expectation.ts';
import { DECISIONS } from '../../inventory/service.ts';

/** @param command makes a command that can also be asked of a server elsewhere */
export function inventoryCommands(
  command: (name: string, description: string) => Command,
  done: (status: number) => void,
): void {
  const severity = (flag: string, words: string) => new Option(flag, words).choices(SEVERITIES);
  command('assets', 'List the hosts that are remembered, all or those that match.')
    .argument('[query...]', 'port:22 service:ssh net:10.0.0.0/8 last_seen:<7d is:new …; docs/inventory.md')
    .option('--site <name>', 'only this site')
    .option('--limit <number>', 'hosts to show, 50 when absent')
    .option('--json', 'print the structured answer')
    .action(async (query, options) => done(await (await import('./assets.ts')).assets(query, options)));
  command('asset', 'Show what is remembered of one host: ports, addresses, keys, changes.')
    .argument('<host>', 'its id, address, MAC or name')
    .option('--at <moment>', 'as it was then: 2026-01-31T09:30:00Z')
    .option('--json', 'print the structured answer')
    .action(async (host, options) => done(await (await import('./assets.ts')).asset(host, options)));
  command('changes', 'List what changed, and what could not be compared.')
    .option('--since <time>', '24h, 7d, a date, last, baseline or TASK..TASK; 24h when absent')
    .option('--query <query>', 'only changes of hosts that match')
    .addOption(severity('--severity <severity>', 'only those as grave or graver'))
    .option('--unconfirmed', 'differences still to be confirmed, too')
    .option('--explain', 'say which differences are no change, and by which rule')
    .addOption(severity('--fail-on <severity>', 'exit status 3 when one as grave is undecided'))
    .option('--json', 'print the structured answer')
    .action(async (options) => done(await (await import('./changes.ts')).changes(options)));
  command('accept', 'Decide about changes: they are as they should be, or what --decision says.')
    .argument('<change...>', 'as portolan changes lists them')
    .addOption(new Option('--decision <decision>', 'accept when absent').choices(DECISIONS))
    .option('--until <moment>', 'end of the acceptance or mute: 2026-12-31T00:00:00Z')
    .option('--reason <words>', 'why, for those who read it later')
    .option('--json', 'print the structured answer')
    .action(async (ids, options) => done(await (await import('./changes.ts')).accept(ids, options)));
  command('coverage', 'Show what was looked at and what is due, and write the proof of it.')
    .option('--site <name>', 'only this site')
    .option('--report <file>', 'write the proof of looking: FILE.html for people, FILE.json for programs')
    .option('--since <moment>', 'beginning of the proof, 30 days ago when absent: 2026-01-31T00:00:00Z')
    .option('--fail-on-overdue', 'exit status 3 when a network is overdue')
    .option('--json', 'print the structured answer')
    .action(async (options) => done(await (await import('./coverage.ts')).coverage(options)));
  expectCommands(command, done);
}

/** @param command makes a command for files of this machine */
export function exchangeCommands(
  command: (name: string, description: string) => Command,
  done: (status: number) => void,
): void {
  const exchange = () => import('./exchange.ts');
  const collect = (value: string, before: string[] = []) => [...before, value];
  command(
    'import',
    'Take reports of nmap, masscan, naabu, rustscan, Zeek, Suricata or CSV into the inventory.',
  )
    .argument('<file...>')
    .option('--preview', 'say what it would mean, and keep nothing')
    .option('--site <name>', 'whose addresses they are')
    .option('--vantage <name>', 'from where it was looked')
    .option(
      '--network <network>',
      'of traffic: one of your own networks, private ones when absent; may be repeated',
      collect,
    )
    .option('--json', 'print one JSON object a file')
    .action(async (files, options) => done(await (await exchange()).importFiles(files, options)));
  command(
    'verify',
    'Hold what scanners in a capture learnt against the inventory, and plan a scan of the news.',
  )
    .argument('<capture>', 'a capture file, or - for standard input')
    .option('--fail-on-news', 'exit status 3 when something was not known')
    .option('--json', 'print the facts as JSON')
    .action(async (file, options) => done(await (await import('./verify.ts')).verify(file, options)));
  command('export', 'Write hosts that match, or their changes, in the format of another program.')
    .argument('[query...]', 'as portolan assets asks; all when absent')
    .option(
      '--format <format>',
      'csv (when absent), json, jsonl, nmap-xml, markdown, sarif, ecs, ocsf, prometheus',
    )
    .option('--site <name>', 'only this site')
    .option('-o, --output <file>', 'into this file instead of the terminal')
    .action(async (query, options) => done(await (await exchange()).exportQuery(query, options)));
}

function expectCommands(
  command: (name: string, description: string) => Command,
  done: (status: number) => void,
): void {
  const expected = () => import('./expect.ts');
  const said = (one: Command) =>
    one.option('--site <name>', 'of this site').option('--json', 'print the structured answer');
  const because = (one: Command) =>
    said(one)
      .requiredOption('--reason <words>', 'why, for those who read it later')
      .option('--until <moment>', 'after this it is as if it had not been said: 2026-12-31T00:00:00Z');
  said(command('expect', 'List what is expected, and what differs from it.'))
    .argument('[query...]', 'differences of these hosts alone')
    .option('--fail-on-drift', 'exit status 3 when something differs')
    .action(async (query, options) => done(await (await expected()).list(query, options)));
  because(command('expect-port', 'Say that ports may, must or must not be open on hosts.'))
    .argument('<hosts>', 'which, as a query: "tag:web net:10.0.0.0/8"')
    .requiredOption('--ports <ports>', '22,80,1000-1010')
    .addOption(new Option('--protocol <protocol>', 'tcp when absent').choices(['tcp', 'udp', 'sctp']))
    .addOption(new Option('--effect <effect>', 'allow when absent').choices(EFFECTS))
    .option('--product <name>', 'only this may answer there')
    .action(async (hosts, options) => done(await (await expected()).say(hosts, options)));
  because(command('expect-present', 'Say that what is open now is as it should be.'))
    .argument('[query...]', 'of these hosts; of all when absent')
    .action(async (query, options) => done(await (await expected()).present(query, options)));
  said(command('expect-file', 'Say what a file says: expect: [{hosts, ports, reason, …}], in YAML or JSON.'))
    .argument('<file>')
    .action(async (file, options) => done(await (await expected()).fromFile(file, options)));
  said(command('unexpect', 'Take back what was expected.'))
    .argument('<id...>', 'as portolan expect lists them')
    .action(async (ids, options) => done(await (await expected()).take(ids, options)));
}
