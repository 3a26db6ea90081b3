/** Answers about alerts, and takes what people set, checked before it is kept. */
import { randomUUID } from 'node:crypto';
import type { AlertChannel } from '../core/alert.ts';
import { PortolanError } from '../core/errors.ts';
import { isTimeZone } from '../core/time-zone.ts';
import type { Store } from '../store/store.ts';
import { CHANNEL_KINDS, channelKind } from './channels/index.ts';
import { testMessage } from './deliver.ts';
import { queryOf } from './expand.ts';
import { textOf } from './message.ts';
import { ChannelFailure } from './outgoing/failure.ts';
import { preview } from './preview.ts';
import { linesOf, REPORTED_BY, weeklyReport } from './report.ts';
import { type Surroundings, send } from './send.ts';
import type { AlertService, ChannelAsk, RuleAsk } from './service.ts';
import { nextReport } from './timing.ts';

/** Dead messages that are counted. */
const MOST_DEAD = 1000;

export function createAlerts(
  store: () => Promise<Store>,
  around: Surroundings,
  {
    sendDue,
    wake,
    now = () => Date.now(),
  }: { sendDue: AlertService['sendDue']; wake: () => void; now?: () => number },
): AlertService {
  const channelOf = async (name: string): Promise<AlertChannel> => {
    const channel = (await (await store()).alertSettings.channels()).find((one) => one.name === name);
    if (channel) return channel;
    throw notFound('channel', name);
  };
  return {
    async overview() {
      const { alertSettings, deliveries } = await store();
      const [channels, rules, windows, dead] = await Promise.all([
        alertSettings.channels(),
        alertSettings.rules(),
        alertSettings.windows(),
        deliveries.list({ state: 'dead', limit: MOST_DEAD }),
      ]);
      const kinds = CHANNEL_KINDS.map(({ kind, title, about, example }) => ({ kind, title, about, example }));
      return { channels, rules, windows, dead: dead.length, kinds };
    },
    async setChannel(ask, by) {
      const config = checkedConfig(ask);
      await (await store()).alertSettings.putChannel({ ...ask, config, madeBy: by, madeAt: now() });
    },
    async setRule(ask, by) {
      const { alertSettings, schedules } = await store();
      if (ask.schedule !== undefined && (await schedules.get(ask.schedule)) === undefined)
        throw new PortolanError(
          'schedule_not_found',
          `There is no schedule ${JSON.stringify(ask.schedule.slice(0, 64))}.`,
          'list_schedules (portolan schedule list) names those there are.',
        );
      const known = new Set((await alertSettings.channels()).map(({ name }) => name));
      checkRule(ask, known);
      await alertSettings.putRule({ ...ask, madeBy: by, madeAt: now() });
      wake();
    },
    async addWindow({ query, from, to, reason }, by) {
      queryOf(query);
      if (to <= from || to <= now())
        throw wrong('A maintenance window ends after it begins, and after now.', 'Give a later end.');
      const uid = `w_${randomUUID().slice(0, 8)}`;
      await (await store()).alertSettings.addWindow({ uid, query, from, to, reason, madeBy: by });
      return uid;
    },
    async remove(what, name) {
      const { alertSettings } = await store();
      if (what === 'channel') {
        const user = (await alertSettings.rules()).find(
          ({ channels, timing }) => channels.includes(name) || timing.escalate?.channel === name,
        );
        if (user)
          throw wrong(
            `The rule ${user.name} speaks in the channel ${name}; nothing was removed.`,
            'Change or remove the rule first.',
          );
      }
      const removed = await {
        channel: () => alertSettings.removeChannel(name),
        rule: () => alertSettings.removeRule(name),
        window: () => alertSettings.removeWindow(name),
      }[what]();
      if (!removed) throw notFound(what, name);
    },
    async preview(ask) {
      return await preview(await store(), ask, now());
    },
    async setReport(name, ask) {
      const { kind } = await channelOf(name);
      if (kind !== REPORTED_BY)
        throw wrong(
          `Reports go by mail, and the channel ${name} is of the kind ${kind}.`,
          'Name one of mail.',
        );
      if (ask?.zone !== undefined) checkZone(ask.zone);
      await (await store()).alertSettings.setReport(name, ask && { ...ask, since: now() });
      return ask && nextReport(ask, now());
    },
    async previewReport(name) {
      if (name !== undefined) await channelOf(name);
      const { title, parts } = await weeklyReport(await store(), now(), now());
      return textOf({ title, lines: linesOf(parts) });
    },
    deliveries: async (state, limit) => await (await store()).deliveries.list({ state, limit }),
    async resend(uids) {
      const count = await (await store()).deliveries.resend(uids, now());
      wake();
      return count;
    },
    async test(name) {
      const channel = await channelOf(name);
      const id = `d_test${randomUUID().replaceAll('-', '').slice(0, 24)}`;
      try {
        await send(channel, testMessage(name, id, now()), around);
      } catch (error) {
        if (!(error instanceof ChannelFailure)) throw error;
        throw new PortolanError(
          'alert_not_sent',
          `The channel ${name} (${channel.kind}) does not work. ${error.message}`,
          'Mend that, and run the test again; messages that wait for it are tried again by themselves.',
        );
      }
      wake();
    },
    sendDue,
  };
}

/** As it is kept: what the caller wrote, once the kind takes it. */
function checkedConfig({ kind: name, config }: ChannelAsk): ChannelAsk['config'] {
  const kind = channelKind(name);
  if (!kind)
    throw wrong(
      `There is no channel of the kind ${JSON.stringify(name.slice(0, 40))}.`,
      `The kinds are: ${CHANNEL_KINDS.map((one) => one.kind).join(', ')}.`,
    );
  const parsed = kind.config.safeParse(config);
  if (parsed.success) return config;
  const reasons = parsed.error.issues.map((issue) => {
    const where = issue.path.join('.');
    if (issue.code === 'unrecognized_keys') return `it takes no ${issue.keys.join(', ')}`;
    if (issue.code === 'invalid_type' && Reflect.get(config, where) === undefined)
      return `${where} is missing`;
    return where === '' ? issue.message : `${where}: ${issue.message}`;
  });
  throw wrong(
    `This is no configuration of a channel of the kind ${name}: ${reasons.join('; ')}.`,
    `One looks like this: ${Object.entries(kind.example)
      .map(([key, value]) => `${key}=${String(value)}`)
      .join(' ')}`,
  );
}

function checkRule({ query, channels, timing }: RuleAsk, known: ReadonlySet<string>): void {
  queryOf(query);
  if (channels.length === 0)
    throw wrong('A rule needs a channel.', 'Name one; list_alerts shows which there are.');
  const named = timing.escalate ? [...channels, timing.escalate.channel] : channels;
  const missing = named.find((name) => !known.has(name));
  if (missing !== undefined) throw notFound('channel', missing);
  if (timing.zone !== undefined) checkZone(timing.zone);
  if (timing.quiet && timing.quiet.from === timing.quiet.to)
    throw wrong('Quiet hours that end when they begin are none.', 'Give two times, such as 22:00-07:00.');
}

function checkZone(zone: string): void {
  if (!isTimeZone(zone))
    throw wrong(`There is no time zone ${JSON.stringify(zone.slice(0, 60))}.`, 'Write it as Europe/Berlin.');
}

const wrong = (why: string, next: string) => new PortolanError('invalid_argument', why, next);

const notFound = (what: string, name: string) =>
  new PortolanError(
    'alert_not_found',
    `There is no ${what} ${JSON.stringify(name.slice(0, 64))}.`,
    'Call list_alerts (portolan alerts) to see what there is.',
  );
