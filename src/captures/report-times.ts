/** Each time of a report in words (`..._iso`, of events `time`: UTC, ISO 8601) beside its number of seconds. */
import type { CaptureReport, ScanEvent, Suspect } from './findings.ts';
import { isoTime } from './iso-time.ts';

export function timedReport({ suspects, first_event, overview, ...report }: CaptureReport) {
  return {
    ...report,
    first_ts_iso: isoTime(report.first_ts),
    last_ts_iso: isoTime(report.last_ts),
    suspects: suspects.map(timedSuspect),
    first_event: first_event && timedEvent(first_event),
    overview: { ...overview, timeline: withStart(overview.timeline) },
  };
}

export function timedSuspect<S extends Suspect>(suspect: S) {
  return {
    ...suspect,
    windows: suspect.windows.map(withStart),
    first_seen_iso: isoTime(suspect.first_seen),
    last_seen_iso: isoTime(suspect.last_seen),
    first_probe: timedEvent(suspect.first_probe),
  };
}

export function timedEvent(event: ScanEvent) {
  return { ...event, time: isoTime(event.ts) };
}

export function withStart<T extends { start: number | null }>(from: T) {
  return { ...from, start_iso: isoTime(from.start) };
}
