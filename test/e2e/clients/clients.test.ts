/**
 * Clients and bridges that others wrote (test/clients): each lists, scans, is refused in words that reach its model, follows
 * a long scan, and cancels one. What is looked at is what the model behind the client reads.
 */
import PQueue from 'p-queue';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Era, runStory, type Story, type Way } from './story.ts';

interface Case {
  driver: string;
  way: Way;
  era?: Era;
  /** Links it is given with a scan. */
  links: 0 | 1;
  /** A call can be given up. */
  aborts: boolean;
  /** It is handed tasks, and follows them by itself. */
  followsTasks?: true;
  /** Where the client holds arguments against the input schema by itself, in words of its own. */
  badArgument?: RegExp;
  /** Where the model reads the facts and no text. */
  factsOnly?: true;
}

const OLD = '2025-11-25';
const NEW = '2026-07-28';
const CASES: Case[] = [
  { driver: 'sdk-1', way: 'http', links: 1, aborts: true },
  { driver: 'sdk-1', way: 'stdio', links: 1, aborts: true },
  { driver: 'sdk-2', way: 'http', era: OLD, links: 1, aborts: true },
  { driver: 'sdk-2', way: 'http', era: NEW, links: 1, aborts: true },
  { driver: 'sdk-2', way: 'stdio', era: OLD, links: 1, aborts: true },
  { driver: 'sdk-2', way: 'stdio', era: NEW, links: 1, aborts: true },
  { driver: 'inspector', way: 'http', era: OLD, links: 1, aborts: true },
  { driver: 'inspector', way: 'http', era: NEW, links: 1, aborts: true, followsTasks: true },
  { driver: 'langchain', way: 'http', links: 0, aborts: true, badArgument: /did not match expected schema/ },
  { driver: 'mcporter', way: 'http', links: 0, aborts: false },
  { driver: 'ai-sdk', way: 'http', links: 1, aborts: true },
  { driver: 'mcp-use', way: 'http', links: 1, aborts: false },
  { driver: 'openai-agents', way: 'http', links: 1, aborts: true },
  {
    driver: 'mastra',
    way: 'http',
    links: 0,
    aborts: true,
    badArgument: /must NOT have additional properties/,
    factsOnly: true,
  },
  { driver: 'sdk-1', way: 'mcp-remote', links: 1, aborts: true },
  { driver: 'langchain', way: 'mcp-remote', links: 0, aborts: true, badArgument: /did not match expected/ },
  { driver: 'sdk-1', way: 'supergateway', links: 1, aborts: true },
  { driver: 'sdk-1', way: 'mcp-proxy', links: 0, aborts: true },
];

const named = (one: Case) => [one.driver, one.era, one.way].filter(Boolean).join(' ');
const stories = new Map<Case, Promise<Story>>();

beforeAll(() => {
  // Most of a story is waiting for nmap, so three are told at a time.
  const queue = new PQueue({ concurrency: 3 });
  for (const one of CASES) {
    const story = queue.add(() => runStory(one.driver, one.way, one.era));
    // Looked at by its own tests only.
    story.catch(() => {});
    stories.set(one, story);
  }
});

describe.each(CASES.map((one) => [named(one), one] as const))('%s', (_name, one) => {
  let story: Story;
  beforeAll(async () => {
    const told = await stories.get(one);
    if (!told) throw new Error('no story');
    story = told;
  }, 240_000);

  it('lists the tools', () => {
    expect(story.tools).toEqual(expect.arrayContaining(['quick_scan', 'custom_scan', 'cancel_task']));
  });

  it('scans', () => {
    if (one.factsOnly)
      expect(JSON.parse(story.scan)).toMatchObject({ status: 'completed', result: { hosts_up: 1 } });
    else
      expect(story.scan).toMatch(/Scan of 127\.0\.0\.1: completed .*Whole report: scan:\/\/\w+\/report\.md/s);
  });

  it('reads when it was scanned, which ports were asked and with which command', () => {
    expect(story.scan).toMatch(/\d{4}-\d\d-\d\dT[\d:.]+Z/);
    expect(story.scan).toContain('the 100 most common TCP ports');
    expect(story.scan).toMatch(/--top-ports\W+100\W/);
  });

  it(`is given ${one.links} links`, () => {
    expect(story.scan.match(/resource_link/g) ?? []).toHaveLength(one.links);
  });

  it('reads what was wrong with the arguments', () => {
    expect(story.badArgument).toMatch(
      one.badArgument ??
        /invalid_argument: quick_scan: quick_scan takes no .*ports.*; scan_network does, as port_range .*Next: Call/s,
    );
    expect(story.badId).toMatch(/task_not_found: There is no task .*Next: Call list_tasks/s);
  });

  it('reads why the policy refused', () => {
    expect(story.refusal).toMatch(/out_of_scope: 192\.0\.2\.1 may not be scanned.*Next: Choose targets in/s);
  });

  it('reads no complaint of the client about our answers', () => {
    expect(JSON.stringify(story)).not.toMatch(/output schema|must have required property/i);
  });

  it('follows a long scan to its result', () => {
    if (!one.followsTasks) {
      expect(story.long).toMatch(/The scan goes on as task \w+ .*get_task_status/s);
      expect(story.longStatus).toMatch(/completed/);
    }
    // Whatever listens on this machine: most of the thousand ports do not.
    expect(story.longResult).toMatch(
      one.factsOnly ? /"status":"completed".*"count":\d{3}/ : /completed after .*\d{3} closed/s,
    );
  });

  if (!one.followsTasks) {
    it('cancels a scan', () => {
      expect(story.cancelled).toMatch(/cancelled/);
    });
  }

  if (one.aborts) {
    it('gives a call up, and its scan goes on until it is cancelled', () => {
      expect(story.heardOfAbortMs).toBeLessThan(2000);
      expect(story.afterAbort).toMatch(/running/);
      expect(story.cancelledAfterAbort).toMatch(/cancelled/);
    });
  }
});
