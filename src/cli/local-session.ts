/** The tools of this process, called as the person at this machine. */
import type { LoadedConfig } from '../config/load.ts';
import { LOCAL_CALLER } from '../core/caller.ts';
import { offeredInput } from '../tools/call/listing.ts';
import { openReport } from '../tools/reports/index.ts';
import { stageText } from '../tools/results/progress.ts';
import { openApp } from './open-app.ts';
import type { Answer, OwnScans, Session, Watch } from './session.ts';
import { agrees } from './terminal.ts';

/**
 * Scans that are started here end with {@link Session.close}.
 * @param scans whether one is started at once
 */
export async function openLocal(loaded: LoadedConfig, scans: boolean): Promise<Session> {
  const { app } = await openApp(loaded, { adopts: false, scans });
  const { services } = app;
  const call = async (
    tool: string,
    args: Record<string, unknown>,
    { signal, progress }: Watch,
    detach: boolean,
  ): Promise<Answer> => {
    const outcome = await app.call(tool, args, LOCAL_CALLER, {
      signal,
      report: (update) => progress((update.progress / update.total) * 100, update.message),
      confirm,
      detach,
    });
    const { ok, text, structured } = outcome;
    return { ok, text, structured, code: outcome.ok ? undefined : outcome.error.code };
  };
  const own: OwnScans = {
    start: (tool, args, watch) => call(tool, args, watch, true),
    async wait(taskId, { signal, progress }) {
      await services.scans.wait(taskId, LOCAL_CALLER, {
        timeoutMs: Number.POSITIVE_INFINITY,
        signal,
        onChange: (task) => progress(task.progress?.percent ?? 0, stageText(task)),
      });
    },
    async whole(taskId, changes) {
      const { wholeResult } = await import('../tools/tasks/whole-result.ts');
      return await wholeResult(await services.scans.get(taskId, LOCAL_CALLER), {
        services,
        caller: LOCAL_CALLER,
        changes,
      });
    },
  };
  return {
    own,
    async tools() {
      return [...app.tools.values()].map((tool) => ({
        name: tool.name,
        title: tool.title,
        inputSchema: offeredInput(tool, app.scanners()),
      }));
    },
    call: (tool, args, watch) => call(tool, args, watch, false),
    async report(taskId, format) {
      return (await openReport(services.scans, taskId, LOCAL_CALLER, format)).pieces;
    },
    close: () => app.close(),
  };
}

async function confirm(question: string): Promise<'accepted' | 'declined' | 'unsupported'> {
  const agreed = await agrees(question);
  return agreed === undefined ? 'unsupported' : agreed ? 'accepted' : 'declined';
}
