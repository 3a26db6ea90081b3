/** A scan's answer from its facts and one page of its hosts, in the shape of output.ts. Nothing is read here. */
import type { ScanFacts } from './facts.ts';
import type { ResultFilter } from './filter.ts';
import type { ScanAnswer } from './output.ts';
import type { ResultPage } from './page.ts';

/** @param withRun whether the facts of the run belong to it: once is enough. */
export function compose(
  facts: ScanFacts,
  page: ResultPage,
  filter: ResultFilter,
  withRun: boolean,
): ScanAnswer {
  const { asked, ran, error, ...head } = facts;
  const { run, report, notice, ...how } = ran;
  const { shown, folded, digest, next } = page;
  const message = head.message ?? whyEmpty(facts, page, filter);
  return {
    ...head,
    ...(message === undefined ? {} : { message }),
    result: {
      ...asked,
      ...(filter.words === undefined ? {} : { filter: filter.words }),
      ...(digest ? { by_port: digest.ports } : {}),
      ...(digest && digest.more > 0 ? { by_port_omitted: digest.more } : {}),
      hosts: page.hosts,
      ...(shown ? { shown } : {}),
      ...(folded.length > 0 ? { folded } : {}),
      ...how,
      ...(withRun && run ? { run } : {}),
      ...(next ? { next_cursor: next } : {}),
      report,
      notice,
    },
    ...(error ? { error } : {}),
  };
}

/** An empty answer must not be read as "nothing is there". */
function whyEmpty(
  { status, asked: { hosts_up }, ran: { coverage } }: ScanFacts,
  { hosts, folded }: ResultPage,
  { words }: ResultFilter,
): string | undefined {
  if (hosts.length > 0 || folded.length > 0) return undefined;
  if (words !== undefined && hosts_up > 0) return `Of ${hosts_up} hosts that are up none fits: ${words}.`;
  if (status !== 'completed') return undefined;
  if (hosts_up === 0 && coverage.some(({ kind }) => kind === 'not_scanned'))
    return 'No address was found up, but not all that was to be sent was sent: see the coverage.';
  return hosts_up === 0
    ? 'No address answered the probes of host discovery as a host does that is up. A host that hides can be scanned with custom_scan and -Pn.'
    : 'Hosts answered, but there are no ports to show.';
}
