/** Everything that can be imported, in the order in which a file is held against it: the plainest last. */
import { csv } from './csv.ts';
import type { Format } from './format.ts';
import { masscanJson, masscanList } from './masscan.ts';
import { nmapXml } from './nmap-xml.ts';
import { naabuJson, pairs, rustscan } from './open-ports-lists.ts';
import { suricata } from './suricata.ts';
import { zeekConn, zeekKnownHosts, zeekKnownServices } from './zeek.ts';

export const FORMATS: readonly Format[] = [
  nmapXml,
  masscanList,
  masscanJson,
  zeekConn,
  zeekKnownServices,
  zeekKnownHosts,
  suricata,
  naabuJson,
  pairs,
  csv,
  rustscan,
];
