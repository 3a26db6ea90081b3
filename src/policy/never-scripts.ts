/**
 * Scripts that do not run whatever their categories say, found by reading nmap 7.93's scripts for `target.add`,
 * `io.open`, connections to hosts other than the target and questions to the name server. Most do so only with arguments that cannot be given here;
 * they are refused all the same, so that nothing rests on that alone. Those that reach other hosts do so without any
 * argument, led by what the target answers; test/attacks/scripts.test.ts runs all others against such a target.
 */
const NEVER: readonly { because: string; scripts: readonly string[] }[] = [
  {
    because: 'it adds targets',
    scripts: [
      'bitcoin-getaddr',
      'bittorrent-discovery',
      'dns-brute',
      'dns-srv-enum',
      'dns-zone-transfer',
      'flume-master-info',
      'hadoop-jobtracker-info',
      'hadoop-namenode-info',
      'hadoop-secondary-namenode-info',
      'hbase-master-info',
      'hbase-region-info',
      'http-mobileversion-checker',
      'http-useragent-tester',
      'omp2-enum-targets',
      'resolveall',
      'snmp-interfaces',
      'snmp-netstat',
      'targets-ipv6-map4to6',
      'targets-ipv6-wordlist',
      'targets-traceroute',
      'targets-xml',
    ],
  },
  {
    because: 'it can write files',
    scripts: [
      'ajp-request',
      'cics-enum',
      'domino-enum-users',
      'http-config-backup',
      'http-domino-enum-passwords',
      'http-fetch',
      'http-wordpress-users',
      'ip-geolocation-map-kml',
      'ldap-search',
      'lu-enum',
      'ms-sql-dump-hashes',
      'oracle-brute-stealth',
      'snmp-ios-config',
      'stuxnet-detect',
      'url-snarf',
      'vtam-enum',
    ],
  },
  {
    because: 'it can send files of this machine to the target',
    scripts: ['http-put', 'puppet-naivesigning', 'smb-print-text', 'smb-psexec'],
  },
  {
    because: 'it reaches hosts other than the target',
    scripts: [
      'ftp-bounce',
      'http-affiliate-id',
      'http-chrono',
      'http-cisco-anyconnect',
      'http-feed',
      'http-referer-checker',
      'http-security-headers',
      'http-vuln-cve2014-2126',
      'http-vuln-cve2014-2127',
      'http-vuln-cve2014-2128',
      'http-vuln-cve2014-2129',
      'ip-forwarding',
    ],
  },
  {
    because: 'it asks the name server for names that the target chose, or for many of its own making',
    scripts: ['dns-ip6-arpa-scan', 'fcrdns'],
  },
];

export const NEVER_SCRIPTS: ReadonlyMap<string, string> = new Map(
  NEVER.flatMap(({ because, scripts }) => scripts.map((script) => [script, because] as const)),
);

/** Categories that leave the scope or are meant to do harm: no setting opens them. */
export const NEVER_CATEGORIES = ['broadcast', 'external', 'exploit', 'dos'] as const;
/** Categories that security.allowIntrusive or a person's consent opens. */
export const INTRUSIVE_CATEGORIES = ['brute', 'intrusive', 'vuln', 'fuzzer', 'malware'] as const;
/** One of these is needed as well while intrusive scans are not allowed. */
export const HARMLESS_CATEGORIES = ['safe', 'default'] as const;
