/** A message as data, for programs: plain, or as an event of CloudEvents 1.0. */
import type { Message, Told } from './message.ts';

const moment = (ms: number) => new Date(ms).toISOString();

export function incidentData(told: Told) {
  const { openedAt, at, closedAt, ...rest } = told;
  return {
    ...rest,
    openedAt: moment(openedAt),
    at: moment(at),
    ...(closedAt === undefined ? {} : { closedAt: moment(closedAt) }),
  };
}

/** In the form that standard webhooks recommend: type, timestamp, data. */
export function messageData(message: Message) {
  const { id, rule, severity, title, told, total, at, incident, over, test } = message;
  return {
    type: typeOf(message),
    timestamp: moment(at),
    data: {
      id,
      rule,
      severity,
      title,
      over,
      ...(incident === undefined ? {} : { incident }),
      total,
      incidents: told.map(incidentData),
      ...(test ? { test } : {}),
    },
  };
}

/** @param source who sends it, a URI: `/portolan/CHANNEL` */
export function cloudEvent(message: Message, source: string) {
  const { type, timestamp, data } = messageData(message);
  return {
    specversion: '1.0',
    id: message.id,
    source,
    type: `net.portolan.${type}`,
    time: timestamp,
    ...(message.incident === undefined ? {} : { subject: message.incident }),
    datacontenttype: 'application/json',
    data,
  };
}

function typeOf({ test, told, total }: Message): string {
  const [first] = told;
  if (test) return 'alert.test';
  return total === 1 && first ? `incident.${first.word}` : 'incidents';
}
