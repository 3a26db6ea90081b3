/** Writes an nmap report as `nmap -v -sV -sC -O -p-` writes it, of about the size asked, the same every time. */

/** Park and Miller's minimal standard generator (1988): small, seeded, the same everywhere. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const SERVICES = [
  ['ssh', 'OpenSSH', '9.2p1 Debian 2+deb12u3', 'cpe:/a:openbsd:openssh:9.2p1'],
  ['http', 'nginx', '1.22.1', 'cpe:/a:igor_sysoev:nginx:1.22.1'],
  ['https', 'Apache httpd', '2.4.57', 'cpe:/a:apache:http_server:2.4.57'],
  ['smtp', 'Postfix smtpd', '', 'cpe:/a:postfix:postfix'],
  ['mysql', 'MySQL', '8.0.35', 'cpe:/a:mysql:mysql:8.0.35'],
] as const;

/** @returns the number of hosts in the report */
export async function writeReport(bytes: number, write: (text: string) => Promise<void>): Promise<number> {
  const random = createRandom(7919);
  await write(
    '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE nmaprun>\n' +
      '<nmaprun scanner="nmap" args="nmap -v -&#45;stats-every 1s -sV -sC -O -p- 10.0.0.0/8" start="1795160094" version="7.93" xmloutputversion="1.05">\n' +
      '<scaninfo type="syn" protocol="tcp" numservices="65535" services="1-65535"/>\n<verbose level="1"/>\n<debugging level="0"/>\n',
  );
  let written = 0;
  let hosts = 0;
  for (; written < bytes; hosts += 1) {
    const text = hostText(hosts, random);
    written += text.length;
    await write(text);
  }
  await write(
    `<runstats><finished time="1795170094" elapsed="10000.00" exit="success"/><hosts up="${hosts}" down="0" total="${hosts}"/>\n</runstats>\n</nmaprun>\n`,
  );
  return hosts;
}

function hostText(index: number, random: () => number): string {
  const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  const ports = Array.from({ length: 3 + Math.floor(random() * 12) }, (_, at) =>
    portText(at * 97 + 22, random),
  );
  const closed = 65_535 - ports.length;
  return `<host starttime="1795160094" endtime="1795160194"><status state="up" reason="arp-response" reason_ttl="0"/>
<address addr="${address}" addrtype="ipv4"/>
<address addr="02:00:00:00:${(index & 255).toString(16).padStart(2, '0')}:01" addrtype="mac" vendor="Example"/>
<hostnames>
<hostname name="host${index}.lab.internal" type="PTR"/>
</hostnames>
<ports><extraports state="closed" count="${closed}">
<extrareasons reason="reset" count="${closed}" proto="tcp" ports="1-65535"/>
</extraports>
${ports.join('\n')}
</ports>
<os><portused state="open" proto="tcp" portid="22"/>
<osmatch name="Linux 4.15 - 5.6" accuracy="100" line="67250">
<osclass type="general purpose" vendor="Linux" osfamily="Linux" osgen="5.X" accuracy="100"><cpe>cpe:/o:linux:linux_kernel:5</cpe></osclass>
</osmatch>
</os>
<uptime seconds="${Math.floor(random() * 1e6)}" lastboot="Fri Nov 20 07:34:54 2026"/>
<distance value="1"/>
<tcpsequence index="260" difficulty="Good luck!" values="B5B2D71E,6E6DC1D3,A5C1D1F4,A0A4D1E4,8C1DF0E9,2B54F1B6"/>
<times srtt="5" rttvar="0" to="100000"/>
</host>
`;
}

function portText(port: number, random: () => number): string {
  const [name, product, version, cpe] = SERVICES[Math.floor(random() * SERVICES.length)] ?? SERVICES[0];
  const key = Math.floor(random() * 2 ** 48).toString(16);
  return `<port protocol="tcp" portid="${port}"><state state="open" reason="syn-ack" reason_ttl="64"/><service name="${name}" product="${product}" version="${version}" extrainfo="protocol 2.0" ostype="Linux" method="probed" conf="10"><cpe>${cpe}</cpe></service><script id="ssh-hostkey" output="&#xa;  256 ${key}:${key} (ECDSA)&#xa;  256 ${key} (ED25519)"><table>
<elem key="bits">256</elem>
<elem key="fingerprint">${key}</elem>
<elem key="type">ecdsa-sha2-nistp256</elem>
</table>
</script></port>`;
}
