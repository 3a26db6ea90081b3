/** The changes that an address asks for, page after page. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { type Answer, call } from '../../api/call.ts';
import type { ChangesView } from './view.ts';

export type Change = Answer<'what_changed'>['changes'][number];

export function useChanges({ since = 'baseline', query, severity, unconfirmed }: ChangesView) {
  const args = {
    since,
    ...(query ? { query } : {}),
    ...(severity ? { min_severity: severity } : {}),
    ...(unconfirmed ? { unconfirmed } : {}),
  };
  return useInfiniteQuery({
    queryKey: ['what_changed', args, 'pages'],
    queryFn: ({ pageParam, signal }) =>
      call('what_changed', { ...args, ...(pageParam ? { cursor: pageParam } : {}) }, { signal }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor: next }) => next,
  });
}
