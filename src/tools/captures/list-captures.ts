import { z } from 'zod';
import type { ListedCapture } from '../../captures/uploads.ts';
import { defineTool } from '../call/define-tool.ts';
import { ANSWER_HEAD, captureFailure } from './output.ts';
import { authToken, READS_A_FILE } from './read-capture.ts';

export const CaptureOutput = z.strictObject({
  /** As the capture tools take it. */
  path: z.string(),
  /** Bytes. */
  size: z.number().int(),
  /** UTC, ISO 8601. */
  modified: z.string(),
  kind: z.enum(['upload', 'folder']),
});

export function captureOutput({
  path,
  size,
  modifiedAt,
  kind,
}: ListedCapture): z.infer<typeof CaptureOutput> {
  return { path, size, modified: new Date(modifiedAt).toISOString(), kind };
}

export const listCaptures = defineTool({
  name: 'list_captures',
  title: 'Packet captures that can be read',
  description: 'Lists the packet captures that the other capture tools can read, newest first.',
  annotations: READS_A_FILE,
  toolset: 'captures_admin',
  scope: 'capture:read',
  input: z.strictObject({
    limit: z.number().int().min(1).max(500).default(50).describe('Captures at most.'),
    auth_token: authToken,
  }),
  output: z.strictObject({
    ...ANSWER_HEAD,
    captures: z.array(CaptureOutput),
    /** How many there are. */
    total: z.number().int(),
    /** There are more folders than were looked through. */
    incomplete: z.literal(true).optional(),
  }),
  failure: captureFailure,
  async handle({ limit, auth_token }, { services }) {
    services.captures.authorize(auth_token);
    const { captures, complete } = await services.captures.list();
    const shown = captures.slice(0, limit).map(captureOutput);
    const more = captures.length - shown.length;
    return {
      structured: {
        ok: true as const,
        generated_at: new Date().toISOString(),
        captures: shown,
        total: captures.length,
        ...(complete ? {} : { incomplete: true as const }),
      },
      text: [
        shown.length === 0
          ? 'No captures. A file can be uploaded to the server (POST /captures), or copied below captures.allowedDir.'
          : 'Captures, newest first:',
        ...shown.map(({ path, size, modified }) => `${path}  ${size} bytes, ${modified}`),
        ...(more > 0 ? [`And ${more} older ones.`] : []),
        ...(complete ? [] : ['There are more folders than were looked through.']),
      ].join('\n'),
    };
  },
});
