/** Changes as SARIF 2.1.0 (OASIS), for what shows findings of a build: its baseline state is our diff. */
import type { Severity } from '../../core/asset.ts';
import type { ExportFormat, Incident } from './format.ts';

const LEVELS: Readonly<Record<Severity, string>> = {
  high: 'error',
  medium: 'warning',
  low: 'note',
  info: 'note',
};

export const sarif: ExportFormat = {
  name: 'sarif',
  title: 'SARIF 2.1.0, changes as findings',
  mediaType: 'application/sarif+json',
  async *write({ incidents, since, version }) {
    const driver = { name: 'Portolan', semanticVersion: version };
    yield `{"version":"2.1.0","$schema":"https://json.schemastore.org/sarif-2.1.0.json","runs":[{"tool":${JSON.stringify({ driver })},"columnKind":"utf16CodeUnits","results":[`;
    let comma = '';
    for await (const incident of incidents) {
      yield comma + JSON.stringify(resultOf(incident, since));
      comma = ',\n';
    }
    yield ']}]}\n';
  },
};

function resultOf({ event, state, reason }: Incident, since: number) {
  const { kind, severity, address, asset, protocol, port, before, after } = event;
  const where = address ?? asset ?? event.site;
  const subject = port === undefined ? where : `${where}:${port}/${protocol ?? 'tcp'}`;
  const turn = [before, after].filter((one) => one !== undefined).join(' → ');
  return {
    ruleId: kind,
    level: LEVELS[severity],
    message: { text: turn === '' ? `${kind} on ${subject}` : `${kind} on ${subject}: ${turn}` },
    baselineState:
      state === 'closed' || state === 'accepted' ? 'absent' : event.seenAt >= since ? 'new' : 'unchanged',
    locations: [{ logicalLocations: [{ fullyQualifiedName: subject, kind: 'resource' }] }],
    partialFingerprints: { 'portolan/v1': event.dedupeKey },
    ...(state === 'accepted' || state === 'muted'
      ? {
          suppressions: [
            {
              kind: 'external',
              status: 'accepted',
              ...(reason === undefined ? {} : { justification: reason }),
            },
          ],
        }
      : {}),
    properties: {
      uid: event.uid,
      severity,
      rule: event.rule,
      site: event.site,
      at: new Date(event.at).toISOString(),
    },
  };
}
