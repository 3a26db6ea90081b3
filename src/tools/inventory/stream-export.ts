/** The whole of an export, piece by piece. */
import { PortolanError } from '../../core/errors.ts';
import { EXPORT_FORMATS } from '../../exchange/export/formats.ts';
import type { Chosen } from '../../inventory/service.ts';
import type { Services } from '../call/services.ts';

/** Names of formats, with what they are sent as. */
export const EXPORT_TYPES: Readonly<Record<string, string>> = Object.fromEntries(
  EXPORT_FORMATS.map(({ name, mediaType }) => [name, mediaType]),
);

/** @throws PortolanError `invalid_argument` for a format there is not, or a query that cannot be read */
export async function streamExport(
  { exchange }: Pick<Services, 'exchange'>,
  name: string,
  chosen: Chosen & { archived?: boolean },
): Promise<{ mediaType: string; pieces: AsyncGenerator<string> }> {
  const format = EXPORT_FORMATS.find((one) => one.name === name);
  if (!format)
    throw new PortolanError(
      'invalid_argument',
      `The inventory is not written as ${JSON.stringify(name.slice(0, 40))}.`,
      `Use one of: ${Object.keys(EXPORT_TYPES).join(', ')}.`,
    );
  const pieces = exchange.export(format, chosen);
  // The first piece is made here: what is wrong with the query is an answer, no broken download.
  const first = await pieces.next();
  return { mediaType: format.mediaType, pieces: resumed(first, pieces) };
}

async function* resumed(first: IteratorResult<string>, rest: AsyncGenerator<string>) {
  if (!first.done) yield first.value;
  yield* rest;
}
