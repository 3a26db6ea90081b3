/**
 * Ordinary programs in their roles, for the benign recordings: TCP here, UDP in benign-datagrams.ts.
 *
 *   node benign-clients.ts ROLE key=value...
 */
import dgram from 'node:dgram';
import dns from 'node:dns/promises';
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DATAGRAM_ROLES } from './benign-datagrams.ts';
import { draw, hosts } from './benign-hosts.ts';
import { type Options, options } from './benign-options.ts';
import { pool, talk } from './benign-talk.ts';

const ROLES: Record<string, (o: Options) => Promise<unknown>> = {
  /** Monitoring: all hosts and ports, spread over a cycle, again and again. */
  async poll(o) {
    const targets = hosts(o.text('hosts')).flatMap((host) => o.list('ports').map((port) => ({ host, port })));
    const gap = (o.number('spread', o.number('every', 30) * 0.6) * 1000) / targets.length;
    const running: Promise<unknown>[] = [];
    for (let cycle = 0; cycle < o.number('cycles', 3); cycle++) {
      const start = Date.now();
      for (const target of targets) {
        running.push(talk({ ...target, timeout: o.number('timeout', 3), reset: o.has('reset'), bytes: 60 }));
        await sleep(gap);
      }
      await sleep(Math.max(0, start + o.number('every', 30) * 1000 - Date.now()));
    }
    await Promise.all(running);
  },

  /** A browser, crawler, mirror: each host some connections with some exchanges; the dead ones once more. */
  async visit(o) {
    const from = o.has('from') ? hosts(o.text('from')) : [];
    const visits = hosts(o.text('hosts')).flatMap((host, n) =>
      o.list('ports').flatMap((port) =>
        Array.from({ length: o.number('connections', 1) }, (_, k) => async () => {
          const local = from[(n + k) % from.length];
          const one = {
            host,
            port,
            from: local,
            timeout: o.number('timeout', 5),
            rounds: o.number('rounds', 2),
          };
          for (let i = 0; i <= o.number('again', 0); i++)
            if (await talk({ ...one, bytes: o.number('bytes', 200) })) break;
          await sleep(o.number('pause', 0) * 1000);
        }),
      ),
    );
    for (let i = 0; i < o.number('times', 1); i++) await pool(visits, o.number('parallel', 6));
  },

  /** Dead services, tried again at growing intervals. */
  async retry(o) {
    const one = async (host: string, port: number) => {
      let wait = o.number('first', 1);
      for (let i = 0; i < o.number('count', 8); i++) {
        if (await talk({ host, port, timeout: o.number('timeout', 3) })) return;
        await sleep(wait * 1000);
        wait = Math.min(wait * 2, o.number('limit', 60));
      }
    };
    await Promise.all(
      hosts(o.text('hosts')).flatMap((host) => o.list('ports').map((port) => one(host, port))),
    );
  },

  /** Clients of cloud services: a connection each, a message now and then, connected anew when it breaks. */
  async cloud(o) {
    const until = Date.now() + o.number('seconds', 120) * 1000;
    const from = hosts(o.text('from', '10.20.0.11'));
    const keep = async (host: string, port: number, local: string | undefined) => {
      let wait = 1;
      while (Date.now() < until) {
        const socket = net.connect({ host, port, ...(local === undefined ? {} : { localAddress: local }) });
        socket.on('error', () => socket.destroy());
        const over = new Promise<void>((resolve) => socket.once('close', () => resolve()));
        socket.setTimeout(o.number('timeout', 10) * 1000, () => socket.destroy());
        socket.on('data', () => undefined);
        const beat = setInterval(() => {
          if (Date.now() > until) socket.destroy();
          else if (!socket.connecting) socket.write(Buffer.alloc(80, 'c'));
        }, o.number('every', 5) * 1000);
        socket.once('connect', () => {
          wait = 1;
          socket.write(Buffer.alloc(200, 'c'));
        });
        await over;
        clearInterval(beat);
        await sleep(Math.min(wait * 1000, Math.max(0, until - Date.now())));
        wait = Math.min(wait * 2, 16);
      }
    };
    await Promise.all(
      hosts(o.text('hosts')).flatMap((host, n) =>
        o.list('ports').map((port) => keep(host, port, from[n % from.length])),
      ),
    );
  },

  /** A mail server: two exchanges for each domain, the second when the first is dead, all again after a while. */
  async mail(o) {
    const all = hosts(o.text('hosts'));
    const domains = Array.from({ length: Math.floor(all.length / 2) }, (_, n) => all.slice(2 * n, 2 * n + 2));
    const waiting = new Set(domains);
    for (let round = 0; round < o.number('times', 3) && waiting.size > 0; round++) {
      const deliveries = [...waiting].map((domain) => async () => {
        for (const host of domain)
          if (await talk({ host, port: 25, timeout: o.number('timeout', 10), rounds: 5, bytes: 40 })) {
            waiting.delete(domain);
            break;
          }
      });
      await pool(deliveries, o.number('parallel', 10));
      await sleep(o.number('every', 60) * 1000);
    }
  },

  /** A browser with names: A and AAAA asked, Node's own happy eyeballs (RFC 8305) between the families. */
  async eyeballs(o) {
    const resolver = new dns.Resolver();
    resolver.setServers([o.text('server', '10.20.0.1')]);
    const open = async (host: string) => {
      const [six, four] = await Promise.all([
        resolver.resolve6(host).catch(() => []),
        resolver.resolve4(host).catch(() => []),
      ]);
      const socket = net.connect({
        host,
        port: o.number('port', 443),
        autoSelectFamily: true,
        autoSelectFamilyAttemptTimeout: 250,
        lookup: (_name, _options, done) =>
          done(null, [
            ...six.map((address) => ({ address, family: 6 })),
            ...four.map((address) => ({ address, family: 4 })),
          ]),
      });
      socket.on('error', () => socket.destroy());
      socket.on('data', () => undefined);
      socket.once('connect', () => {
        socket.write(Buffer.alloc(300, 'h'));
        setTimeout(() => socket.end(), 400);
        setTimeout(() => socket.destroy(), 900);
      });
      socket.setTimeout(5000, () => socket.destroy());
      await once(socket, 'close');
    };
    for (let i = 0; i < o.number('times', 1); i++) {
      const opens = Array.from({ length: o.number('names', 30) }, (_, n) => async () => {
        await Promise.all(Array.from({ length: o.number('connections', 1) }, () => open(`site${n}.example`)));
        await sleep(o.number('pause', 1) * 1000);
      });
      await pool(opens, o.number('parallel', 1));
    }
  },

  /** A peer of Bitcoin, Gnutella and the like: tries known addresses until it has its peers, and keeps those. */
  async peers(o) {
    const next = draw(o.number('seed', 1));
    const kept: Promise<unknown>[] = [];
    const tries = hosts(o.text('hosts')).map((host) => async () => {
      const port = next() < o.number('odd', 0) ? 1024 + Math.floor(next() * 60_000) : o.number('port', 8333);
      const timeout = o.number('timeout', 5);
      const one = { host, port, timeout, rounds: o.number('rounds', 6), bytes: 100 };
      const talking = talk({ ...one, keep: o.number('keep', 20) });
      kept.push(talking);
      // The next address is tried when this one has failed, or else is connected.
      await Promise.race([talking, sleep(timeout * 1000)]);
      await sleep(o.number('pause', 0.5) * 1000);
    });
    await pool(tries, o.number('parallel', 2));
    await Promise.all(kept);
  },

  /** Keep-alive connections that then lie idle; the process ends after `seconds` without closing them well. */
  async idle(o) {
    for (const host of hosts(o.text('hosts')))
      for (const port of o.list('ports'))
        for (let i = 0; i < o.number('connections', 1); i++) {
          const socket = net.connect({ host, port });
          socket.on('error', () => undefined);
          // What nobody has read makes the kernel reset the connection when the process ends.
          if (!o.has('unread')) socket.on('data', () => undefined);
          socket.setKeepAlive(o.has('keepalive'), 1000);
          socket.once('connect', () => socket.write(Buffer.alloc(200, 'i')));
          await sleep(o.number('gap', 0.05) * 1000);
        }
    await sleep(o.number('seconds', 20) * 1000);
    process.exit(0);
  },

  /** FTP: one control connection, a port for every file; `active` lets the server call back. */
  async ftp(o) {
    const control = net.connect({ host: o.text('host'), port: 21 });
    const ask = async (line: string) => {
      control.write(`${line}\r\n`);
      const [data] = (await once(control, 'data')) as [Buffer];
      return data.toString('latin1');
    };
    await once(control, 'data');
    for (const line of ['USER a', 'PASS b']) await ask(line);
    for (let i = 0; i < o.number('files', 30); i++) {
      if (o.has('active')) {
        const server = net.createServer((socket) =>
          socket.on('data', () => undefined).on('end', () => server.close()),
        );
        server.listen(0, '0.0.0.0');
        await once(server, 'listening');
        await ask(`PORT ${(server.address() as net.AddressInfo).port}`);
      } else {
        const port = Number(/\((\d+)\)/.exec(await ask('PASV'))?.[1]);
        const data = net.connect({ host: o.text('host'), port });
        data.on('data', () => undefined).on('error', () => undefined);
        await once(data, 'close');
      }
      await sleep(o.number('pause', 0.2) * 1000);
    }
    control.end();
  },

  /** A server that looks who calls: by the ident protocol (RFC 1413), or by the caller's NetBIOS name. */
  async serve(o) {
    const names = dgram.createSocket('udp4').on('error', () => undefined);
    const look = async (host: string) => {
      if (o.has('ident')) await talk({ host, port: 113, timeout: 4 });
      if (o.has('netbios'))
        for (let i = 0; i < 3; i++) {
          names.send(Buffer.alloc(50), 137, host);
          await sleep(1500);
        }
    };
    for (const port of o.list('ports'))
      net
        .createServer((socket) => {
          socket.on('data', () => socket.write('220 ok')).on('error', () => undefined);
          void look(socket.remoteAddress?.replace('::ffff:', '') ?? '');
        })
        .listen(port, '::');
    await sleep(o.number('seconds', 60) * 1000);
    process.exit(0);
  },
};

const [role = '', ...words] = process.argv.slice(2);
const run = ROLES[role] ?? DATAGRAM_ROLES[role];
if (run === undefined) {
  console.error(`unknown role ${role}`);
  process.exitCode = 2;
} else await run(options(words));
