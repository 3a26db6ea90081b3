/** The captures that can be read, and handing in another one. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import * as z from 'zod/mini';
import { type Answer, again, useTool } from '../../api/call.ts';
import { request } from '../../api/request.ts';
import { upload } from '../../api/upload.ts';
import { useToken } from './token.tsx';

export type Capture = Answer<'list_captures'>['captures'][number];

/** What the server answers to a file that it keeps. */
const Kept = z.object({ path: z.string() });
const MOST = 500;

export function useCaptures() {
  return useTool('list_captures', { limit: MOST, ...useToken() });
}

/** Deletes one that was handed in. */
export function useDelete() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (path: string) => {
      await request(`/captures?${new URLSearchParams({ path })}`, { method: 'DELETE' });
    },
    onSettled: () => again(client, ['list_captures']),
  });
}

/** Sends one file; its progress goes from 0 to 1. */
export function useUpload(onKept: (capture: { path: string }) => void) {
  const client = useQueryClient();
  const [progress, setProgress] = useState(0);
  const [stop, setStop] = useState<AbortController>();
  const sending = useMutation({
    mutationFn: async (file: File) => {
      const given = new AbortController();
      setProgress(0);
      setStop(given);
      const path = `/captures?${new URLSearchParams({ name: file.name })}`;
      return Kept.parse(await upload(path, file, { onProgress: setProgress, signal: given.signal }));
    },
    onSuccess: onKept,
    onSettled: () => again(client, ['list_captures']),
  });
  return { ...sending, progress, giveUp: () => stop?.abort() };
}
