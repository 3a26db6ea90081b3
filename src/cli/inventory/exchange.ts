/** `portolan import` and `portolan export`: files of other programs. They are those of whoever sits at this machine. */
import { parseNetwork } from '../../core/address.ts';
import { PortolanError } from '../../core/errors.ts';
import { openOwnFile } from '../../exchange/import/import.ts';
import { importedText, previewText } from '../../exchange/import/words.ts';
import { streamExport } from '../../tools/inventory/stream-export.ts';
import { EXIT } from '../exit-codes.ts';
import { openApp } from '../open-app.ts';
import { type CommonOptions, loadFor } from '../options.ts';
import { checkPlace, printPieces, writeReport } from '../report.ts';
import { note, print } from '../terminal.ts';

export interface ImportCommandOptions extends CommonOptions {
  preview?: boolean;
  site?: string;
  vantage?: string;
  network?: string[];
  json?: boolean;
}

export async function importFiles(
  files: readonly string[],
  { preview, site, vantage, network, json, ...options }: ImportCommandOptions,
): Promise<number> {
  const ask = {
    ...(site === undefined ? {} : { site }),
    ...(vantage === undefined ? {} : { vantage }),
    ...(network === undefined ? {} : { within: network.map(networkOf) }),
  };
  const { app } = await openApp(await loadFor(options), { adopts: false });
  try {
    const { exchange } = app.services;
    let broken = false;
    for (const path of files) {
      await using file = await openOwnFile(path);
      const done = preview ? await exchange.preview(file, ask) : await exchange.import(file, ask);
      broken ||= done.problem !== undefined;
      if (json) print(JSON.stringify({ file: file.name, ...done }));
      else print('fresh' in done ? importedText(file.name, done) : previewText(file.name, done));
    }
    return broken ? EXIT.failed : EXIT.ok;
  } finally {
    await app.close();
  }
}

function networkOf(text: string) {
  const network = parseNetwork(text);
  if (network) return network;
  throw new PortolanError(
    'invalid_argument',
    `--network ${text.slice(0, 60)} is no network.`,
    'Write it as 10.0.0.0/8.',
  );
}

export async function exportQuery(
  query: readonly string[],
  {
    format = 'csv',
    site,
    output,
    ...options
  }: CommonOptions & {
    format?: string;
    site?: string;
    output?: string;
  },
): Promise<number> {
  if (output !== undefined) await checkPlace(output);
  const { app } = await openApp(await loadFor(options), { adopts: false });
  try {
    const { pieces } = await streamExport(app.services, format, { query: query.join(' '), site });
    if (output === undefined) await printPieces(pieces);
    else {
      await writeReport(pieces, output);
      note(`Written to ${output}.`);
    }
    return EXIT.ok;
  } finally {
    await app.close();
  }
}
