/** The tools of this process, called as the person at this machine. */
import type { LoadedConfig } from '../config/load.ts';
import { LOCAL_CALLER } from '../core/caller.ts';
import { offeredInput } from '../tools/call/listing.ts';
import { openReport } from '../tools/reports/index.ts';
import { hostOutput } from '../tools/results/output.ts';
import { eachHost } from '../tools/results/read.ts';
import { openApp } from './open-app.ts';
import type { Session } from './session.ts';
import { agrees } from './terminal.ts';

/** Scans that are started here end with {@link Session.close}. */
export async function openLocal(loaded: LoadedConfig): Promise<Session> {
  const { app } = await openApp(loaded, { adopts: false });
  return {
    local: true,
    async tools() {
      return [...app.tools.values()].map((tool) => ({
        name: tool.name,
        title: tool.title,
        inputSchema: offeredInput(tool, app.scanners()),
      }));
    },
    async call(name, args, { signal, progress }) {
      const outcome = await app.call(name, args, LOCAL_CALLER, {
        signal,
        report: (update) => progress((update.progress / update.total) * 100, update.message),
        confirm,
      });
      const { ok, text, structured } = outcome;
      return { ok, text, structured, code: outcome.ok ? undefined : outcome.error.code };
    },
    async report(taskId, format) {
      return (await openReport(app.services.scans, taskId, LOCAL_CALLER, format)).pieces;
    },
    async *hosts(taskId) {
      for (const open of [true, false])
        for await (const { host } of eachHost(app.services.scans, taskId, LOCAL_CALLER, { open }))
          yield hostOutput(host);
    },
    close: () => app.close(),
  };
}

async function confirm(question: string): Promise<'accepted' | 'declined' | 'unsupported'> {
  const agreed = await agrees(question);
  return agreed === undefined ? 'unsupported' : agreed ? 'accepted' : 'declined';
}
