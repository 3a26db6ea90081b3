/** A file of JSON Lines, one incident a line, for whatever reads files. */
import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { escapeInJson } from '../../core/clean.ts';
import { defineChannel, FOR_PROGRAMS } from '../channel.ts';
import { incidentData } from '../cloud-event.ts';
import { ChannelFailure } from '../outgoing/failure.ts';

export const jsonl = defineChannel({
  kind: 'jsonl',
  title: 'JSON Lines file',
  about: 'Appends to a file in alerts.filesFolder, one incident a line.',
  config: z.strictObject({
    file: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'the name of a file, without a folder'),
  }),
  example: { file: 'alerts.jsonl' },
  bulk: FOR_PROGRAMS,
  async send({ told, id, rule, title, test }, { file }, { filesFolder }) {
    const lines = test ? [{ id, title, test }] : told.map((one) => ({ id, rule, ...incidentData(one) }));
    const text = lines.map((line) => `${escapeInJson(JSON.stringify(line))}\n`).join('');
    try {
      await mkdir(filesFolder, { recursive: true, mode: 0o700 });
      await appendFile(join(filesFolder, file), text, { mode: 0o600 });
    } catch (cause) {
      const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
      throw new ChannelFailure(`${join(filesFolder, file)} cannot be written (${String(code)}).`, { cause });
    }
    return {};
  },
});
