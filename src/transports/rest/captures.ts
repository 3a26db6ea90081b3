/** Captures: which there are, handing one in as the body of a request, straight to the disk, and deleting it again. */
import type { Context, Hono } from 'hono';
import { cleanField } from '../../core/clean.ts';
import { PortolanError } from '../../core/errors.ts';
import { toErrorValue } from '../../tools/call/call-tool.ts';
import { OPERATIONS } from '../../tools/call/operations.ts';
import { captureOutput } from '../../tools/captures/list-captures.ts';
import { allowUpload } from '../http/arrival.ts';
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
    const { incoming, outgoing } = context.env;
    const ended = allowUpload(incoming, outgoing);
    try {
      // Left open when it is not read to its end, so that who still sends hears why it was refused.
      const body = incoming.iterator({ destroyOnReturn: false });
      const declared = Number(context.req.header('content-length') ?? 0);
      const kept = await deps.services.captures.upload(nameOf(context), body, declared);
      return context.json(captureOutput(kept), 201);
    } catch (error) {
      // Whoever hung up hears of nothing, and it is no defect.
      if (incoming.destroyed && !incoming.complete) throw error;
      return refused(deps, context, 'upload_capture', error);
    } finally {
      ended();
    }
  });

  const removal = door(deps, OPERATIONS.deleteCapture, (context) => ({ path: pathOf(context) }));
  app.delete('/captures', removal, async (context) => {
    try {
      await deps.services.captures.removeUpload(pathOf(context));
      return context.body(null, 204);
    } catch (error) {
      return refused(deps, context, 'delete_capture', error);
    }
  });
}

function refused(deps: RestDependencies, context: Context<HttpEnv>, what: string, error: unknown): Response {
  const { code, message, next, limit } = toErrorValue(error, (defect) => deps.onDefect(what, defect));
  return refuse(context, STATUS[code], new PortolanError(code, message, next, { limit }));
}

function nameOf(context: Context): string {
  return cleanField(context.req.query('name') ?? '', MOST_NAME);
}

function pathOf(context: Context): string {
  return cleanField(context.req.query('path') ?? '', MOST_NAME);
}
