/**
 * Every setting of Portolan: its type, its default and its words. From this one object come the types, the messages,
 * the reference docs/config.md, the template of `portolan init` and the redaction of secrets.
 */

import { alerts } from './groups/alerts.ts';
import { captures, detection, intel } from './groups/captures.ts';
import { auth, rateLimit, server } from './groups/http.ts';
import { inventory } from './groups/inventory.ts';
import { remote } from './groups/remote.ts';
import { scans, security } from './groups/scanning.ts';
import { tools } from './groups/tools.ts';
import { circuitBreaker, health, logging, metrics } from './groups/watching.ts';
import type * as of from './setting-types.ts';

export const SCHEMA = {
  server,
  auth,
  rateLimit,
  security,
  scans,
  tools,
  remote,
  captures,
  detection,
  intel,
  inventory,
  alerts,
  circuitBreaker,
  health,
  metrics,
  logging,
};

/** What each group is about. */
export const GROUPS: Readonly<Record<keyof typeof SCHEMA, string>> = {
  server: 'The HTTP server (`portolan serve`). Nothing here matters to stdio.',
  auth: 'Who may call the HTTP server, beside the tokens of `server.token`, `server.tokens` and `portolan token create`.',
  rateLimit: 'How often the tools may be called, on every transport.',
  security: 'What may be scanned, and how.',
  scans: 'How scans are run and kept.',
  tools: 'Which tools are offered, tools of your own, and the limits of command tools.',
  remote: 'Scanning from other machines over SSH.',
  captures: 'Packet captures: which files may be read.',
  detection: 'When evidence in a capture counts as a scan.',
  intel: 'What is known of public addresses. Only the two keys and reverseNames make Portolan ask anyone.',
  inventory: 'What is remembered of the networks, and how often they are to be looked at.',
  alerts:
    'Where alerts may be sent. What is sent where is said with `portolan alerts`. See [alerts.md](alerts.md).',
  circuitBreaker: 'When a tool or a scanner that keeps failing is left alone for a while.',
  health: 'When this server counts as unhealthy.',
  metrics: 'Numbers for Prometheus, traces for OpenTelemetry.',
  logging: 'The log and the audit.',
};

type Value<S> = S extends of.Required<infer T> ? T : S extends of.Optional<infer T> ? T | undefined : never;
type OptionalKeys<G> = { [K in keyof G]: G[K] extends of.Optional<infer _> ? K : never }[keyof G];
type Group<G> = { [K in Exclude<keyof G, OptionalKeys<G>>]: Value<G[K]> } & {
  [K in OptionalKeys<G>]?: Value<G[K]>;
};

/** The whole configuration, checked, with every default filled in. */
export type Config = { [G in keyof typeof SCHEMA]: Group<(typeof SCHEMA)[G]> };
