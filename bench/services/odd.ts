/** Services that Debian has no package of: late, silent, closing, with two protocols, with answers nobody knows. */
import type { Service } from '../../test/lab/hosts.ts';

const SMTP = '220 mail.lab.internal ESMTP Postfix (Debian/GNU)\r\n';

export const ODD: Readonly<Record<number, Service>> = {
  2222: { greetsLaterMs: 3500 },
  4444: { greetsLaterMs: 1500 },
  3000: { greetsLaterMs: 2500 },
  5555: { greetsLaterMs: 7000 },
  2525: { banner: SMTP, afterMs: 2000 },
  2526: { banner: SMTP, afterMs: 5500 },
  2527: { banner: SMTP, afterMs: 8000 },
  30001: { tls: 'http' },
  30002: { tls: 'ssh' },
  30003: { tls: { banner: SMTP, afterMs: 2000 } },
  30004: { tls: 'silent' },
  5001: { closesAfterMs: 0 },
  5002: { closesAfterMs: 2000 },
  5003: { closesAfterMs: 4000 },
  7001: 'silent',
  12345: 'silent',
  9101: { answer: 'who are you?\r\n' },
  9200: { banner: 'hello, stranger\r\n' },
  9210: { banner: '220 hello\r\n' },
  9211: { banner: '+OK ready\r\n' },
  9212: { answer: 'HTTP/1.0 200 OK\r\nServer: nobody-knows/1\r\n\r\n' },
  9213: { answer: 'HTTP/1.0 200 OK\r\nServer: nginx/1.22.1\r\n\r\n', afterMs: 3000 },
  9090: { banner: 'RFB 003.008\n' },
  6380: { begins: '*1\r\n$4\r\ninfo', answer: '-NOAUTH Authentication required.\r\n' },
  6381: { begins: 'OPTIONS', answer: 'RTSP/1.0 200 OK\r\nServer: GStreamer RTSP server\r\n\r\n' },
};
