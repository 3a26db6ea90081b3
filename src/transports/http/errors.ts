/** Our one error shape over HTTP: `{ "error": { code, message, limit?, next } }` with a status that fits. */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { PortolanError } from '../../core/errors.ts';
import { currentOrigin } from '../../core/origin.ts';

export function refuse(context: Context, status: ContentfulStatusCode, error: PortolanError): Response {
  context.set('refusal', error);
  const id = currentOrigin()?.id;
  const value = { ...error.toValue(), ...(id === undefined ? {} : { correlation_id: id }) };
  if (value.retry_after_seconds !== undefined)
    context.header('Retry-After', String(value.retry_after_seconds));
  return context.json({ error: value }, status);
}
