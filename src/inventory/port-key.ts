/** A port with its protocol as one number, which maps find many times faster than a text made for each question. */
import type { Protocol } from '../core/result.ts';

const NUMBER = { tcp: 0, udp: 1, sctp: 2, ip: 3 } as const satisfies Record<Protocol, number>;

export const portKey = (protocol: Protocol, port: number): number => NUMBER[protocol] * 65_536 + port;
