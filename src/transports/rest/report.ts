/** The whole report of a scan, sent as it is read from the database. */
import type { Context } from 'hono';
import { PortolanError } from '../../core/errors.ts';
import { toErrorValue } from '../../tools/call/call-tool.ts';
import { openReport, REPORTS_NEED, ReportFormat } from '../../tools/reports/index.ts';
import type { HttpEnv } from '../http/env.ts';
import { refuse } from '../http/errors.ts';
import type { RestDependencies } from './sources.ts';
import { STATUS } from './status.ts';

/** @param extension what stands behind `report.` in the path. */
export async function sendReport(
  deps: Pick<RestDependencies, 'services' | 'onDefect'>,
  context: Context<HttpEnv>,
  id: string,
  extension: string,
): Promise<Response> {
  const format = ReportFormat.safeParse(extension);
  try {
    if (!format.success) throw noSuchFormat();
    const { mimeType, pieces } = await openReport(
      deps.services.scans,
      id,
      context.get('caller'),
      format.data,
    );
    return new Response(ReadableStream.from(encoded(pieces)), {
      headers: {
        'Content-Type': `${mimeType}; charset=utf-8`,
        'Content-Disposition': `attachment; filename="${id}.${format.data}"`,
      },
    });
  } catch (error) {
    const value = toErrorValue(error, (defect) => deps.onDefect('report', defect));
    if (value.code === 'forbidden') {
      const challenge = context.get('scopeChallenge')(REPORTS_NEED);
      if (challenge !== undefined) context.header('WWW-Authenticate', challenge);
    }
    return refuse(context, STATUS[value.code], new PortolanError(value.code, value.message, value.next));
  }
}

async function* encoded(pieces: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const piece of pieces) yield encoder.encode(piece);
}

function noSuchFormat(): PortolanError {
  return new PortolanError(
    'invalid_argument',
    'There is no report of this kind.',
    `GET /tasks/{id}/report.{format}, with one of: ${ReportFormat.options.join(', ')}.`,
  );
}
