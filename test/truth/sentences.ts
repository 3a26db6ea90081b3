/** The sentences of an answer, each with what must have been counted for it to be true. One that is not here is wrong. */
import { parseAddress } from '../../src/core/address.ts';
import { isAnswered, isRefusedSo, type PortSaid, type Said, timesAsked } from './claims.ts';
import type { Counted } from './filter.ts';
import type { Network } from './network.ts';

interface Context {
  network: Network;
  said: Said;
  counted: Counted;
  /** Of the hosts that the sentence is about, or of all where it names none. */
  ports: PortSaid[];
  hosts: string[];
}

interface Rule {
  is: RegExp;
  /** What is wrong with it; nothing when it is true. */
  wrong(words: string[], context: Context): string | undefined;
}

const silent = ({ state, reason }: PortSaid) => reason === 'no-response' && state.includes('filtered');
const count = (text: string | undefined) => Number(text?.replaceAll(',', ''));
const synsTo = (port: PortSaid, { counted }: Context) => counted.of('sent_syn', port.address, port.port);

function expectCount(said: string | undefined, found: number, what: string): string | undefined {
  return count(said) === found ? undefined : `${found} ${what}`;
}

/** Every port that stayed silent was asked so often by SYN. */
function askedAtLeast(times: number): Rule['wrong'] {
  return (_, context) => {
    const seldom = context.ports.filter((port) => silent(port) && synsTo(port, context) < times);
    const [first] = seldom;
    return (
      first &&
      `${seldom.length} silent ports (${first.address} ${first.port}) were asked less than ${times} times`
    );
  };
}

const RULES: readonly Rule[] = [
  {
    is: /^(\d+) ports? on .+ did not (?:answer in time \(filtered\): something drops the probes or the answers, or they were|let connect\(\) begin in time \(filtered\): something, perhaps a rule of the machine that scans, drops the probes or refuses them by ICMP, which connect\(\) does not always tell, or they or the answers were) lost or late\. Nothing is known of what is behind\.$/,
    wrong: ([, ports], { ports: all }) =>
      expectCount(
        ports,
        all.filter((port) => port.state === 'filtered' && silent(port)).length,
        'are told so',
      ),
  },
  {
    is: /^(\d+) ports? on .+ were refused by ICMP \(([a-z-]+)\)/,
    wrong: ([, ports, reason], { network, counted, ports: all }) => {
      const so = all.filter((port) => port.state === 'filtered' && port.reason === reason);
      const seen = so.filter((port) => isRefusedSo(port, network, counted));
      return expectCount(ports, seen.length, 'came');
    },
  },
  {
    is: /^(\d+) ports? on .+ could not be connected to \(([a-z-]+)\): an ICMP error of this kind or a like one says so, or there is no route, or nobody is at the address\./,
    wrong: ([, ports, reason], { ports: all }) =>
      expectCount(
        ports,
        all.filter((port) => port.state === 'filtered' && port.reason === reason).length,
        'are told so',
      ),
  },
  {
    is: /^no route to .+ from this machine: nothing was sent\.$/,
    wrong: (_, { hosts, counted }) => {
      const sent = hosts.find((host) => counted.of('sent', host) > 0);
      return sent && `packets went to ${sent}`;
    },
  },
  {
    is: /^this machine itself did not send (\d+)( or more)? packets? to .+ \((.+)\): /,
    wrong: ([, packets, , why = ''], { hosts, counted }) => {
      if (!/not permitted/.test(why)) return undefined;
      const kept = hosts.reduce((sum, host) => sum + counted.sum('kept_back', host), 0);
      return kept >= count(packets) ? undefined : `${kept} were kept back`;
    },
  },
  {
    is: /^Checked under load: (\d+) of (\d+) probes of ports known to be open were answered again\.$/,
    wrong: ([, found, asked], { hosts, ports, counted }) => {
      for (const host of hosts) {
        const open = ports.filter(({ address, state }) => address === host && state === 'open');
        const syns = open.reduce((sum, { port }) => sum + counted.of('sent_syn', host, port), 0);
        const answers = open.reduce((sum, { port }) => sum + counted.of('back_open', host, port), 0);
        if (syns < count(asked) || answers < count(found)) return `${host}: ${answers} of ${syns}`;
      }
      return undefined;
    },
  },
  { is: /^A second sweep, slower and in another order, agreed with the first\.$/, wrong: askedAtLeast(3) },
  {
    is: /^Ports that were silent to the sweep were asked again slowly, and none was open\.$/,
    wrong: askedAtLeast(3),
  },
  {
    is: /^Every port answered the fast sweep, so (?:there was nothing to check|no silence was to be checked)\.$/,
    wrong: (_, { ports, counted }) => {
      const unanswered = ports.find((port) => !isAnswered(port, counted));
      return unanswered && `${unanswered.address} ${unanswered.port} did not`;
    },
  },
  {
    is: /^Ports were asked at nmap's own pace, as in a plain scan: there was no time to save\.$/,
    wrong: askedAtLeast(1),
  },
  {
    is: /^Ports that were silent to the sweep answered when asked gently: the host limits its answers\./,
    wrong: askedAtLeast(3),
  },
  {
    is: /^Fell back: the fast sweep lost answers, so what was silent was asked again at nmap's own pace\.$/,
    wrong: askedAtLeast(3),
  },
  {
    is: /^Nearly every port is open on /,
    wrong: (_, { ports }) => {
      const open = ports.filter(({ state }) => state === 'open').length;
      return open > ports.length * 0.9 ? undefined : `${open} of ${ports.length} are`;
    },
  },
  {
    is: /^No address (?:answered the probes of host discovery as a host does that is up|was found up, but not all that was to be sent was sent)\W/,
    wrong: (_, { network, said, counted }) => {
      const untouched = said.result.coverage
        .filter(({ kind }) => kind === 'not_scanned')
        .flatMap(({ hosts = [] }) => hosts);
      for (const { address } of network.hosts) {
        if (untouched.includes(address)) continue;
        // An ICMP error may be from anybody on the way.
        const answers = counted.of('back', address) - counted.errors(address);
        if (answers > 0) return `${answers} packets came from ${address}`;
      }
      return undefined;
    },
  },
  {
    is: /^Nothing was sent: this machine has no way to any address of this scan\.$/,
    wrong: (_, { hosts, counted }) => hosts.find((host) => counted.of('sent', host) > 0),
  },
  // These speak of how it was done, and of that the counters know nothing.
  ...[
    /^A connect scan \(-sT\) instead of a SYN scan, as nmap has no raw sockets here/,
    /^nmap gave up on some ports of .+, which limit or delay their answers: /,
    /^nmap gave up .+ after the host timeout: their ports are unknown\.$/,
    /^Scanned plain instead of adaptive: /,
    /^Of the \d+ ports asked on .+, \d+ are told in no state: nothing is known of them\.$/,
    /^Services were not asked for versions, as nearly every port is open there \(a tarpit\)\.$/,
    /^The clock of this machine jumped: /,
    / turned against this scan /,
    /^Not one port answered, so nothing tells a host that drops every probe from one that blocks this address/,
    / (?:takes \d+ connections? of this address at a time|refuses connections that come fast)/,
  ].map((is): Rule => ({ is, wrong: () => undefined })),
];

/** The sentences that say more than was counted, and those that this test has no rule for. */
export function falseSentences(
  network: Network,
  said: Said,
  all: readonly PortSaid[],
  counted: Counted,
  text: string,
): string[] {
  const { coverage, hosts } = said.result;
  const everyone = [...network.hosts.map(({ address }) => address), ...network.unreachable];
  const sentences = [
    ...coverage,
    ...[said.message, said.error?.message].flatMap((message) => (message === undefined ? [] : [{ message }])),
  ];
  const wrong = sentences.flatMap((sentence: { message: string; hosts?: string[] | undefined }) => {
    const about = sentence.hosts?.flatMap(addressesIn) ?? everyone;
    const ports = all.filter(({ address }) => about.includes(address));
    const rule = RULES.find(({ is }) => is.test(sentence.message));
    if (!rule) return [`no rule for: ${sentence.message}`];
    const words = [...(rule.is.exec(sentence.message) ?? [])];
    const why = rule.wrong(words, { network, said, counted, ports, hosts: about });
    return why === undefined ? [] : [`"${sentence.message}" [${about.join(', ')}]: ${why}`];
  });
  return [...wrong, ...unspoken(network, said, all, counted), ...silentSuccess(text, said, hosts.length)];
}

/** What was never asked must be said of each address. */
function unspoken(
  { unreachable, hosts, connect }: Network,
  said: Said,
  all: readonly PortSaid[],
  counted: Counted,
): string[] {
  const notScanned = said.result.coverage
    .filter(({ kind }) => kind === 'not_scanned')
    .flatMap(({ hosts = [] }) => hosts.flatMap(addressesIn));
  const unsent = unreachable.filter((address) => !notScanned.includes(address));
  // connect() does not hear of it when a rule of its own machine drops what it sends, and the answer says that it may be so.
  const kept = (connect ? [] : hosts)
    .map(({ address }) => address)
    .filter((address) =>
      all.some(
        (port) => port.address === address && !isAnswered(port, counted) && timesAsked(port, counted) === 0,
      ),
    )
    .filter((address) => !notScanned.includes(address));
  return [...unsent, ...kept].map((address) => `nothing says that not all was sent to ${address}`);
}

function silentSuccess(text: string, { result }: Said, hosts: number): string[] {
  const wrong: string[] = [];
  const missed =
    result.hosts_done < result.hosts_total || result.coverage.some(({ kind }) => kind === 'not_scanned');
  if (/Successfully scanned/.test(text) && missed)
    wrong.push('"Successfully scanned", although not all of it was');
  if (hosts > 0 && /No address answered/.test(text)) wrong.push('"No address answered" beside hosts');
  return wrong;
}

/** `10.0.0.1` or a run of addresses, as notes name them. */
function addressesIn(words: string): string[] {
  const [first = '', last] = words.split('–').map((word) => word.trim());
  if (last === undefined) return [first];
  const [from, to] = [parseAddress(first), parseAddress(last)];
  if (!from || !to) return [words];
  const all: string[] = [];
  for (let value = from.value; value <= to.value; value += 1n) all.push(String(value));
  return all;
}
