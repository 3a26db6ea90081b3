/** The inventory in the format of another program, sent as it is read from the database. */
import type { Context } from 'hono';
import { PortolanError } from '../../core/errors.ts';
import { toErrorValue } from '../../tools/call/call-tool.ts';
import { servicesOf } from '../../tools/call/services.ts';
import { streamExport } from '../../tools/inventory/stream-export.ts';
import type { HttpEnv } from '../http/env.ts';
import { refuse } from '../http/errors.ts';
import type { RestDependencies } from './sources.ts';
import { STATUS } from './status.ts';

export async function sendExport(
  deps: Pick<RestDependencies, 'services' | 'onDefect'>,
  context: Context<HttpEnv>,
  name: string,
): Promise<Response> {
  try {
    const { query, site, archived } = context.req.query();
    const { mediaType, pieces } = await streamExport(servicesOf(deps.services, context.get('caller')), name, {
      query,
      site,
      archived: archived === 'true',
    });
    return new Response(ReadableStream.from(pieces).pipeThrough(new TextEncoderStream()), {
      headers: {
        'Content-Type': `${mediaType}; charset=utf-8`,
        'Content-Disposition': `attachment; filename="inventory.${name}"`,
      },
    });
  } catch (error) {
    const value = toErrorValue(error, (defect) => deps.onDefect('export', defect));
    return refuse(context, STATUS[value.code], new PortolanError(value.code, value.message, value.next));
  }
}
