/** Documents as nmap writes them, with every element and attribute of nmap.dtd, and no value twice. */

/** Yes or no: random in a property, always yes for a document with everything. */
export type Choose = () => boolean;

interface Attributes {
  [name: string]: string | number;
}

/** What nmap, escaping as it does (xml.cc), makes of hostile and of plain text. */
const TAILS = ['', ' &amp; &lt;b&gt; &quot;q&quot;', ' &#xe9;t&#xe9;', ']]&gt;', ' | a,b; 1/2', " 'x'"];

export function nmapDocument(choose: Choose): string {
  let count = 1_000_000;
  const number = () => {
    count += 1;
    return count;
  };
  const text = () => `t${number()}x${TAILS[count % TAILS.length]}`;
  const block = () => `${text()}&#xa;${text()}`;
  const port = () => (number() % 60_000) + 1;
  const one = (name: string, attributes: Attributes, content = '') => {
    const words = Object.entries(attributes).map(([key, value]) => ` ${key}="${value}"`);
    return `<${name}${words.join('')}>${content}</${name}>\n`;
  };
  /** Attributes that may be absent. */
  const some = (attributes: Attributes) =>
    Object.fromEntries(Object.entries(attributes).filter(() => choose()));
  const perhaps = (make: () => string) => (choose() ? make() : '');
  const several = (make: () => string) => make() + perhaps(make);

  const cpe = () => `<cpe>cpe:/a:v${number()}:p</cpe>`;
  const elem = () => one('elem', some({ key: text() }), text());
  const table = (): string =>
    one(
      'table',
      some({ key: text() }),
      perhaps(elem) + several(elem) + (count % 3 === 0 ? perhaps(table) : ''),
    );
  const script = () =>
    one(
      'script',
      { id: text(), output: block() },
      perhaps(() => several(elem)) + perhaps(() => several(table)),
    );
  const service = () =>
    one(
      'service',
      {
        name: text(),
        ...some({
          product: text(),
          version: text(),
          extrainfo: text(),
          hostname: text(),
          ostype: text(),
          devicetype: text(),
          servicefp: text(),
          tunnel: 'ssl',
        }),
        ...(choose() ? { proto: 'rpc', rpcnum: number(), lowver: number(), highver: number() } : {}),
        method: 'probed',
        conf: 10,
      },
      perhaps(() => several(cpe)),
    );
  const onePort = () =>
    one(
      'port',
      { protocol: 'tcp', portid: port() },
      one('state', {
        state: 'open',
        reason: text(),
        reason_ttl: number(),
        ...some({ reason_ip: text() }),
      }) +
        perhaps(() => one('owner', { name: text() })) +
        perhaps(service) +
        perhaps(() => several(script)),
    );
  const extraports = () =>
    one(
      'extraports',
      { state: 'filtered', count: number() },
      several(() =>
        one('extrareasons', {
          reason: text(),
          count: number(),
          ...(choose() ? { proto: 'tcp', ports: `${port()},${port()}` } : {}),
        }),
      ),
    );
  const osclass = () =>
    one(
      'osclass',
      {
        ...some({ type: text() }),
        vendor: text(),
        osfamily: text(),
        ...some({ osgen: text() }),
        accuracy: number(),
      },
      perhaps(() => several(cpe)),
    );
  const os = () =>
    one(
      'os',
      {},
      [
        perhaps(() => several(() => one('portused', { state: 'closed', proto: 'udp', portid: port() }))),
        perhaps(() =>
          several(() =>
            one(
              'osmatch',
              { name: text(), accuracy: number(), line: number() },
              perhaps(() => several(osclass)),
            ),
          ),
        ),
        perhaps(() => one('osfingerprint', { fingerprint: block() })),
      ].join(''),
    );
  const hop = () =>
    one('hop', {
      ttl: (number() % 25) + 1,
      ...some({ ipaddr: text(), host: text() }),
      rtt: `${number()}.25`,
    });
  const host = () =>
    one(
      'host',
      some({ starttime: number(), endtime: number(), timedout: 'true', comment: text() }),
      [
        one('status', { state: 'up', reason: text(), reason_ttl: number() }),
        one('address', { addr: `10.0.${number() % 250}.${count % 249}`, addrtype: 'ipv4' }),
        perhaps(() => one('address', { addr: text(), addrtype: 'mac', ...some({ vendor: text() }) })),
        one(
          'hostnames',
          {},
          perhaps(() => several(() => one('hostname', { name: text(), type: 'PTR' }))),
        ),
        perhaps(() => one('smurf', { responses: number() })),
        perhaps(() => one('ports', {}, perhaps(() => several(extraports)) + several(onePort))),
        perhaps(os),
        perhaps(() => one('uptime', { seconds: number(), ...some({ lastboot: text() }) })),
        perhaps(() => one('distance', { value: number() })),
        perhaps(() => one('tcpsequence', { index: number(), difficulty: text(), values: text() })),
        perhaps(() => one('ipidsequence', { class: text(), values: text() })),
        perhaps(() => one('tcptssequence', { class: text(), ...some({ values: text() }) })),
        perhaps(() => one('hostscript', {}, several(script))),
        perhaps(() => one('trace', some({ port: port(), proto: text() }), several(hop))),
        perhaps(() => one('times', { srtt: number(), rttvar: -1, to: number() })),
      ].join(''),
    );
  const task = () => {
    const name = text();
    const end = () => one('taskend', { task: name, time: number(), ...some({ extrainfo: text() }) });
    return one('taskbegin', { task: name, time: number(), ...some({ extrainfo: text() }) }) + perhaps(end);
  };
  const body = [
    several(() =>
      one('scaninfo', {
        type: 'syn',
        ...some({ scanflags: text() }),
        protocol: 'tcp',
        numservices: number(),
        services: `${port()},${port()}`,
      }),
    ),
    one('verbose', { level: number() }),
    one('debugging', { level: number() }),
    perhaps(() => one('target', { specification: text(), status: 'skipped', reason: 'invalid' })),
    perhaps(() => several(task)),
    perhaps(() => one('prescript', {}, several(script))),
    perhaps(() => several(host)),
    perhaps(() => one('postscript', {}, several(script))),
    one(
      'runstats',
      {},
      one('finished', {
        time: number(),
        timestr: 'as `time` says',
        summary: text(),
        elapsed: `${number()}.5`,
        exit: 'success',
      }) + one('hosts', { up: number(), down: number(), total: number() }),
    ),
  ];
  const head = { scanner: 'nmap', args: 'nmap', start: number(), version: '7.93', xmloutputversion: '1.05' };
  return `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n${one('nmaprun', head, `\n${body.join('')}`)}`;
}
