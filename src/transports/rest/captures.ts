/** Captures: which there are, and handing one in as the body of a request, straight to the disk. */
import type { Context, Hono } from 'hono';
import { cleanField } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';
import { toErrorValue } from '../../tools/call/call-tool.ts';
import { OPERATIONS } from '../../tools/call/operations.ts';
import { captureOutput } from '../../tools/captures/list-captures.ts';
import type { HttpEnv } from '../http/env.ts';
import { refuse } from '../http/errors.ts';
import { answerWith } from './call.ts';
import { door } from './door.ts';
import { counted } from './query.ts';
import type { RestDependencies } from './sources.ts';
import { STATUS } from './status.ts';

/** No page of another site can send these without being asked about first. */
export const UPLOAD_TYPES = ['application/octet-stream', 'application/vnd.tcpdump.pcap'] as const;
const MOST_NAME = 1024;

export function mountCaptures(app: Hono<HttpEnv>, deps: RestDependencies): void {
  app.get('/captures', (context) => answerWith(deps, context, 'list_captures', counted(context.req.query())));
  const uploads = door(deps, OPERATIONS.uploadCapture, (context) => ({ name: nameOf(context) }));
  app.post('/captures', uploads, async (context) => {
    const type = context.req.header('content-type')?.split(';', 1)[0]?.trim().toLowerCase();
    if (!UPLOAD_TYPES.some((one) => one === type)) {
      const next = `Send the file itself as the body, with Content-Type: ${UPLOAD_TYPES[0]}.`;
      return refuse(context, 415, new PortolanError('invalid_argument', 'This is no upload.', next));
    }
    const { incoming } = context.env;
    try {
      // Left open when it is not read to its end, so that who still sends hears why it was refused.
      const body = incoming.iterator({ destroyOnReturn: false });
      const declared = Number(context.req.header('content-length') ?? 0);
      const kept = await deps.services.captures.upload(nameOf(context), body, declared);
      return context.json(captureOutput(kept), 201);
    } catch (error) {
      // Whoever hung up hears of nothing, and it is no defect.
      if (incoming.destroyed && !incoming.complete) throw error;
      const value = toErrorValue(error, (defect) => deps.onDefect('upload_capture', defect));
      const { code, message, next, limit } = value;
      return refuse(context, STATUS[code], new PortolanError(code, message, next, { limit }));
    }
  });
}

function nameOf(context: Context): string {
  return cleanField(context.req.query('name') ?? '', MOST_NAME);
}
