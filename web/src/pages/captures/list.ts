/** The captures that can be read, and handing in another one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import * as z from 'zod/mini';
import { request } from '../../api/request.ts';
import { upload } from '../../api/upload.ts';

const Capture = z.object({
  path: z.string(),
  size: z.number(),
  modified: z.string(),
  kind: z.enum(['upload', 'folder']),
});
export type Capture = z.infer<typeof Capture>;
const Captures = z.object({ captures: z.array(Capture), total: z.number() });

const KEY = ['list_captures'];
const MOST = 500;

export function useCaptures() {
  return useQuery({
    queryKey: KEY,
    queryFn: async ({ signal }) =>
      Captures.parse(await (await request(`/captures?limit=${MOST}`, { signal })).json()),
  });
}

/** Sends one file; its progress goes from 0 to 1. */
export function useUpload(onKept: (capture: Capture) => void) {
  const client = useQueryClient();
  const [progress, setProgress] = useState(0);
  const [stop, setStop] = useState<AbortController>();
  const sending = useMutation({
    mutationFn: async (file: File) => {
      const given = new AbortController();
      setProgress(0);
      setStop(given);
      const path = `/captures?${new URLSearchParams({ name: file.name })}`;
      return Capture.parse(await upload(path, file, { onProgress: setProgress, signal: given.signal }));
    },
    onSuccess: onKept,
    onSettled: () => client.invalidateQueries({ queryKey: KEY }),
  });
  return { ...sending, progress, giveUp: () => stop?.abort() };
}
