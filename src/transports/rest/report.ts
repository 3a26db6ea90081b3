/** The whole report of a scan, sent as it is read from the database. */
import type { Context } from 'hono';
import { PortolanError } from '../../core/errors.ts';
import { toErrorValue } from '../../tools/call/call-tool.ts';
import { ReportFormat, streamReport } from '../../tools/reports/index.ts';
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
    const { mimeType, pieces } = await streamReport(
      deps.services.scans,
      id,
      context.get('caller'),
      format.data,
    );
    return new Response(ReadableStream.from(pieces), {
      headers: {
        'Content-Type': `${mimeType}; charset=utf-8`,
        'Content-Disposition': `attachment; filename="${id}.${format.data}"`,
      },
    });
  } catch (error) {
    const value = toErrorValue(error, (defect) => deps.onDefect('report', defect));
    return refuse(context, STATUS[value.code], new PortolanError(value.code, value.message, value.next));
  }
}

function noSuchFormat(): PortolanError {
  return new PortolanError(
    'invalid_argument',
    'There is no report of this kind.',
    `GET /tasks/{id}/report.{format}, with one of: ${ReportFormat.options.join(', ')}.`,
  );
}
