/** Everything that the inventory can be exported as. */
import { ecs } from './ecs.ts';
import type { ExportFormat } from './format.ts';
import { nmapXml } from './nmap-xml.ts';
import { ocsf } from './ocsf.ts';
import { prometheus } from './prometheus.ts';
import { sarif } from './sarif.ts';
import { csv, json, jsonLines, markdown } from './tables.ts';

export const EXPORT_FORMATS: readonly ExportFormat[] = [
  csv,
  json,
  jsonLines,
  nmapXml,
  markdown,
  sarif,
  ecs,
  ocsf,
  prometheus,
];
