/** Each time of a report in words (`..._iso`, of events `time`: UTC, ISO 8601) beside its number of seconds. */
import type { BackgroundNoise, CaptureReport, ScanEvent, Suspect } from './findings.ts';
import { isoTime } from './iso-time.ts';

export function timedReport({ suspects, first_event, overview, background, ...report }: CaptureReport) {
  return {
    ...report,
    first_ts_iso: isoTime(report.first_ts),
    last_ts_iso: isoTime(report.last_ts),
    suspects: suspects.map(timedSuspect),
    background: timedBackground(background),
    first_event: first_event && timedEvent(first_event),
    overview: { ...overview, timeline: withStart(overview.timeline) },
  };
}

export function timedSuspect({ campaigns, ...suspect }: Suspect) {
  return {
    ...withSeen(suspect),
    windows: suspect.windows.map(withStart),
    ...(campaigns ? { campaigns: campaigns.map(withSeen) } : {}),
    first_probe: timedEvent(suspect.first_probe),
  };
}

export function timedBackground(background: BackgroundNoise) {
  return { ...background, listed: background.listed.map(withSeen) };
}

export function timedEvent(event: ScanEvent) {
  return { ...event, time: isoTime(event.ts) };
}

export function withStart<T extends { start: number | null }>(from: T) {
  return { ...from, start_iso: isoTime(from.start) };
}

function withSeen<T extends { first_seen: number | null; last_seen: number | null }>(from: T) {
  return { ...from, first_seen_iso: isoTime(from.first_seen), last_seen_iso: isoTime(from.last_seen) };
}
