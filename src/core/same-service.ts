/** Whether two sightings say the same of a service, word for word. */
import type { ServiceSighting } from './look.ts';

export function sameService(a: ServiceSighting | undefined, b: ServiceSighting | undefined): boolean {
  if (a === b) return true;
  return (
    a !== undefined &&
    b !== undefined &&
    a.product === b.product &&
    a.version === b.version &&
    a.name === b.name &&
    a.tunnel === b.tunnel &&
    a.method === b.method &&
    a.confidence === b.confidence &&
    (a.cpe === b.cpe || JSON.stringify(a.cpe) === JSON.stringify(b.cpe))
  );
}
