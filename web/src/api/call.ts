/** Calls tools: each has the arguments and the answer of the OpenAPI document (tools.ts). */
import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useOnce } from './once.ts';
import { json, request } from './request.ts';
import type { Tools } from './tools.ts';

export type ToolName = keyof Tools;
export type Arguments<Name extends ToolName> = Tools[Name]['args'];
export type Answer<Name extends ToolName> = Tools[Name]['answer'];

/**
 * Calls a tool. The server checks its own answers by the schema that the types are made of, and page and server come from
 * one package, so they are not checked a second time.
 * @param options.detach a scan is answered with its task at once
 * @throws Failure
 */
export async function call<Name extends ToolName>(
  name: Name,
  args: Arguments<Name>,
  options: { signal?: AbortSignal; detach?: boolean } = {},
): Promise<Answer<Name>> {
  const init = json('POST', args);
  const headers = { ...init.headers, ...(options.detach ? { Prefer: 'respond-async' } : {}) };
  const response = await request(`/tools/${name}/execute`, {
    ...init,
    headers,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  return await response.json();
}

/** A tool that only reads, as a query that what happens makes stale (live.ts). */
export function reading<Name extends ToolName>(name: Name, args: Arguments<Name>) {
  return queryOptions({
    queryKey: [name, args] as const,
    queryFn: ({ signal }): Promise<Answer<Name>> => call(name, args, { signal }),
  });
}

export function useTool<Name extends ToolName>(
  name: Name,
  args: Arguments<Name>,
  { enabled = true }: { enabled?: boolean } = {},
) {
  return useQuery({ ...reading(name, args), enabled });
}

/** A tool that changes something; what these tools read is read again afterwards. */
export function useAct<Name extends ToolName>(name: Name, changes: readonly ToolName[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: useOnce((args: Arguments<Name>) => call(name, args)),
    onSettled: () => again(client, changes),
  });
}

/** Reads again what these tools told. */
export async function again(client: QueryClient, tools: readonly ToolName[]): Promise<void> {
  await client.invalidateQueries({ predicate: ({ queryKey }) => tools.some((name) => name === queryKey[0]) });
}
