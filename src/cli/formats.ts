/** The formats of a report as the command line names them, and the endings of files that say which is meant. */
import { extname } from 'node:path';
import { PortolanError } from '../core/errors.ts';
import type { ReportFormat } from '../tools/reports/index.ts';

const ENDINGS: Readonly<Record<string, ReportFormat>> = {
  md: 'md',
  json: 'json',
  csv: 'csv',
  xml: 'xml',
  gnmap: 'greppable',
  greppable: 'greppable',
  lines: 'lines',
  txt: 'lines',
};

// Written here, as the parser of command lines needs them before anything else is loaded; the types keep them complete.
const ALL: Record<ReportFormat, true> = {
  md: true,
  json: true,
  csv: true,
  xml: true,
  greppable: true,
  lines: true,
};

const isFormat = (text: string): text is ReportFormat => Object.hasOwn(ALL, text);

/** For help. */
export const FORMATS = Object.keys(ALL).join(', ');

/** @throws PortolanError when there is no such format. */
export function formatNamed(text: string): ReportFormat {
  if (isFormat(text)) return text;
  throw new PortolanError(
    'invalid_argument',
    `--format ${text}: there is no such format.`,
    `Use one of: ${FORMATS}.`,
  );
}

/** What the name of a file says of its format, if anything. */
export function endingOf(file: string): ReportFormat | undefined {
  return ENDINGS[extname(file).slice(1).toLowerCase()];
}

/** @throws PortolanError when the name of the file says none. */
export function formatOf(file: string): ReportFormat {
  const format = endingOf(file);
  if (format) return format;
  throw new PortolanError(
    'invalid_argument',
    `--output ${file}: its name does not say in which format.`,
    `End it with one of: ${Object.keys(ENDINGS)
      .map((ending) => `.${ending}`)
      .join(', ')}.`,
  );
}
