/** `portolan verify CAPTURE`: what scanners in it learnt of our hosts that we did not know, and how to look for oneself. */
import { knownOf, type Rescan } from '../../tools/captures/known-hosts.ts';
import { EXIT } from '../exit-codes.ts';
import { openApp } from '../open-app.ts';
import { type CommonOptions, loadFor } from '../options.ts';
import { readCapture } from '../pcap.ts';
import { print } from '../terminal.ts';

/** Sends nothing. @returns exit status 3 with --fail-on-news where something was news */
export async function verify(
  file: string,
  { failOnNews, json, ...options }: CommonOptions & { failOnNews?: boolean; json?: boolean },
): Promise<number> {
  const loaded = await loadFor(options);
  const report = await readCapture(file, loaded.config.detection, new AbortController().signal, () => {});
  const { app } = await openApp(loaded, { adopts: false });
  try {
    const known = [...(await knownOf(report.suspects, app.services))];
    // Two who learnt the same are answered by one scan.
    const rescans = known.flatMap(([, { rescan }]) => rescan ?? []);
    const scans = [...new Map(rescans.map((one) => [textOf(one), one])).values()];
    if (json)
      print(
        JSON.stringify({
          suspects: known.map(([{ ip, technique }, { asset, learnt, learntCount, neverAsked }]) => ({
            ip,
            technique,
            ...(asset ? { our_asset: asset } : {}),
            learnt,
            learnt_count: learntCount,
            ...(neverAsked.length > 0 ? { never_asked: neverAsked } : {}),
          })),
          scans: scans.map(textOf),
        }),
      );
    else
      print(
        inWords(
          known.flatMap(([, { lines }]) => lines),
          scans,
        ),
      );
    return failOnNews && scans.length > 0 ? EXIT.alarmed : EXIT.ok;
  } finally {
    await app.close();
  }
}

const textOf = ({ options, hosts }: Rescan) => `${options} ${hosts}`;

function inWords(lines: readonly string[], scans: readonly Rescan[]): string {
  if (lines.length === 0) return 'No scanner in it had an answer of a host that the inventory knows.';
  return [
    ...lines,
    ...(scans.length === 0
      ? ['All that was learnt is known: there is nothing to verify.']
      : [
          'To look for yourself, at exactly these ports:',
          ...scans.map(({ options, hosts }) => `  portolan scan --options "${options}" ${hosts}`),
        ]),
  ].join('\n');
}
