/** What two scans found open and did not find open alike. */

export interface OpenPort {
  address: string;
  /** `22/tcp`. */
  port: string;
  /** The service and its version; empty where nobody asked. */
  service: string;
}

export interface Difference {
  address: string;
  port: string;
  /** The service then; undefined when it was not found open. */
  before: string | undefined;
  after: string | undefined;
}

/** In the order of the later scan; what it did not find comes last. */
export function differences(before: readonly OpenPort[], after: readonly OpenPort[]): Difference[] {
  const key = ({ address, port }: OpenPort) => `${address} ${port}`;
  const was = new Map(before.map((one) => [key(one), one.service]));
  const is = new Set(after.map(key));
  const now = after.map(({ service, ...place }) => ({
    ...place,
    before: was.get(key({ ...place, service })),
    after: service,
  }));
  const gone = before
    .filter((one) => !is.has(key(one)))
    .map(({ service, ...place }) => ({ ...place, before: service, after: undefined }));
  return [...now.filter(({ before: then, after: today }) => then !== today), ...gone];
}
