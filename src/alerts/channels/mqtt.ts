/** An MQTT broker (MQTT 3.1.1 and 5), with the discovery of Home Assistant: alerts appear there as an event entity. */
import { z } from 'zod';
import { caFile, defineChannel, FOR_PROGRAMS, hostName, portNumber, secretReference } from '../channel.ts';
import { incidentData } from '../cloud-event.ts';
import type { Message } from '../message.ts';
import { ChannelFailure, connectionFailure } from '../outgoing/failure.ts';

const TIMEOUT_MS = 15_000;
const topicName = () => z.string().regex(/^[^#+\0]{1,200}$/, 'a topic without + and #');

export const mqtt = defineChannel({
  kind: 'mqtt',
  title: 'MQTT',
  about: 'One message an incident to a topic; Home Assistant finds it by itself.',
  config: z.strictObject({
    host: hostName(),
    port: portNumber().optional(),
    tls: z.boolean().default(false),
    user: z.string().max(256).optional(),
    password: secretReference().optional(),
    topic: topicName().default('portolan/alerts'),
    /** Prefix of Home Assistant's discovery; empty: none. */
    discovery: z.union([z.literal(''), topicName()]).default('homeassistant'),
    ca: caFile(),
  }),
  example: { host: '192.168.1.10', user: 'portolan', password: 'env:PORTOLAN_ALERT_MQTT_PASSWORD' },
  bulk: FOR_PROGRAMS,
  async send(message, config, { pin, secret, ca, name }) {
    const { connectAsync } = await import('mqtt');
    const { host, port = config.tls ? 8883 : 1883, topic, discovery } = config;
    const { address } = await pin(host);
    const pem = ca(config.ca);
    const where = `${host}:${port}`;
    let client: Awaited<ReturnType<typeof connectAsync>>;
    try {
      client = await connectAsync({
        protocol: config.tls ? 'mqtts' : 'mqtt',
        host: address,
        port,
        servername: host,
        ...(pem === undefined ? {} : { ca: pem }),
        ...(config.user === undefined ? {} : { username: config.user }),
        ...(config.password === undefined ? {} : { password: secret(config.password) }),
        connectTimeout: TIMEOUT_MS,
        reconnectPeriod: 0,
      });
    } catch (error) {
      throw mqttFailure(error, where);
    }
    // Broken off later: the publishing below fails by itself.
    client.on('error', () => {});
    try {
      if (discovery !== '')
        await client.publishAsync(`${discovery}/event/portolan_${name}/config`, describe(name, topic), {
          qos: 1,
          retain: true,
        });
      for (const payload of payloadsOf(message))
        await client.publishAsync(topic, JSON.stringify(payload), { qos: 1 });
    } catch (error) {
      throw mqttFailure(error, where);
    } finally {
      await client.endAsync(true);
    }
    return {};
  },
});

/** What Home Assistant is told of it, once and for all (its documentation, "MQTT Event"). */
function describe(name: string, topic: string): string {
  return JSON.stringify({
    name: `Portolan ${name}`,
    unique_id: `portolan_${name}`,
    state_topic: topic,
    event_types: ['opened', 'acknowledged', 'undone', 'accepted', 'ignored', 'reopened', 'escalated', 'test'],
    icon: 'mdi:lan-check',
  });
}

/** An event entity wants `event_type`; the rest becomes its attributes. */
function payloadsOf({ id, told, title, test }: Message) {
  if (test) return [{ event_type: 'test', id, title }];
  return told.map((one) => ({ event_type: one.word, id, ...incidentData(one) }));
}

/** Reason codes of CONNACK: 4 and 5 in MQTT 3.1.1, 134 and 135 in MQTT 5. */
function mqttFailure(error: unknown, where: string): ChannelFailure {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (code === 4 || code === 5 || code === 134 || code === 135)
    return new ChannelFailure(`${where} refuses the user or the password.`, { cause: error });
  if (error instanceof Error && /connack timeout|client disconnecting/i.test(error.message))
    return new ChannelFailure(`${where} does not speak MQTT there, or breaks off.`, { cause: error });
  return connectionFailure(error, where);
}
