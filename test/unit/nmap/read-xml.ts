import type { HostResult } from '../../../src/core/result.ts';
import {
  createXmlReader,
  type XmlEnd,
  type XmlRun,
  type XmlScanInfo,
  type XmlStats,
  type XmlTask,
} from '../../../src/nmap/xml/parse.ts';

export interface Read {
  hosts: HostResult[];
  cut: string[];
  runs: XmlRun[];
  scanInfo: XmlScanInfo[];
  tasks: XmlTask[];
  stats: XmlStats[];
  skipped: { specification: string; reason: string }[];
  end: XmlEnd;
}

/** Everything the reader tells of a report given in these pieces. */
export function readXml(...pieces: string[]): Read {
  const read: Omit<Read, 'end'> = {
    hosts: [],
    cut: [],
    runs: [],
    scanInfo: [],
    tasks: [],
    stats: [],
    skipped: [],
  };
  const reader = createXmlReader({
    host: (host, { outputCut }) => {
      read.hosts.push(host);
      if (outputCut) read.cut.push(host.address);
    },
    run: (run) => read.runs.push(run),
    scanInfo: (info) => read.scanInfo.push(info),
    task: (task) => read.tasks.push(task),
    stats: (stats) => read.stats.push(stats),
    skipped: (target) => read.skipped.push(target),
  });
  for (const piece of pieces) reader.write(piece);
  return { ...read, end: reader.end() };
}

export const HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<?xml-stylesheet href="javascript:alert(1)" type="text/xsl"?>
<!-- Nmap 7.93 scan initiated as: nmap -v -&#45;stats-every 1s -->
<nmaprun scanner="nmap" args="nmap -v -&#45;stats-every 1s -oX s.xml 10.0.0.1" start="1795160094" version="7.93" xmloutputversion="1.05">
<scaninfo type="syn" protocol="tcp" numservices="100" services="1-100"/>
`;
export const TAIL = `<runstats><finished time="1795160094" elapsed="0.09" exit="success"/><hosts up="1" down="0" total="1"/>
</runstats>
</nmaprun>
`;

/** A host with one open port, and what a test wants to have inside its `<port>`. */
export function host(address: string, insidePort = ''): string {
  return `<host starttime="1" endtime="2"><status state="up" reason="arp-response" reason_ttl="0"/>
<address addr="${address}" addrtype="ipv4"/>
<ports><port protocol="tcp" portid="22"><state state="open" reason="syn-ack" reason_ttl="64"/>${insidePort}</port>
</ports>
</host>
`;
}
