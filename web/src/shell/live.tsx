/** The event stream for the pages. */
import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { again, type ToolName } from '../api/call.ts';
import { type Link, type Live, startLive } from '../api/live.ts';
import { checkSession } from '../api/request.ts';
import { useSession } from '../api/session.ts';
import { queries } from '../queries.ts';

/** Lists that an open page holds still. */
const held = new Set<ToolName>();
let started: Live | undefined;
/** A short cut, as every five minutes when a stream ends, is not worth a word. */
const LOST_AFTER_MS = 4000;
const Context = createContext<Live | undefined>(undefined);

/** What it takes to hear of news. */
export const LIVE_SCOPE = 'scan:read';

/** Begins with the first page that is shown to somebody who is logged in and may hear. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const may = useSession().can(LIVE_SCOPE);
  if (may)
    started ??= startLive(
      queries,
      () => held,
      () => void checkSession(),
    );
  return <Context value={may ? started : undefined}>{children}</Context>;
}

/** Whether events arrive. */
export function useLink(): Link {
  const live = useContext(Context);
  const [link, setLink] = useState<Link>('live');
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = live?.onLink((now) => {
      if (now === 'lost') {
        // Each attempt to come back says so again; the time counts from the first.
        timer ??= setTimeout(() => setLink('lost'), LOST_AFTER_MS);
        return;
      }
      clearTimeout(timer);
      timer = undefined;
      setLink('live');
    });
    return () => {
      clearTimeout(timer);
      end?.();
    };
  }, [live]);
  return link;
}

/**
 * Holds a list still while it is read: events of these kinds are counted, and shown when the reader wants them.
 * @returns how many came, and what shows them
 */
export function useNews(tool: ToolName, kinds: readonly string[]): { count: number; show: () => void } {
  const live = useContext(Context);
  const client = useQueryClient();
  const [count, setCount] = useState(0);
  const key = kinds.join();
  useEffect(() => {
    held.add(tool);
    const wanted = key.split(',');
    const end = live?.listen(({ kind }) => {
      if (wanted.includes(kind) || kind === 'missed') setCount((before) => before + 1);
    });
    return () => {
      held.delete(tool);
      end?.();
    };
  }, [live, tool, key]);
  return {
    count,
    show: () => {
      setCount(0);
      void again(client, [tool]);
    },
  };
}
