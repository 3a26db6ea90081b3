/** An expectation in words. */
import type { NewExpectation } from '../../core/expectation.ts';

const SAYS = { allow: 'may be open', require: 'must be open', forbid: 'must not be open' } as const;

/** The one asset that a selector names by its id, if it does. */
export const assetOf = ({ selector }: Pick<NewExpectation, 'selector'>): string | undefined =>
  /^id:(\S+)$/.exec(selector)?.[1];

/** `db1 5432/tcp may be open until 2027-01-01: new database (anna, 2026-11-29)` */
export function expectationLine(entry: NewExpectation, name = assetOf(entry) ?? entry.selector): string {
  const { protocol, ports, product, effect, reason, approvedBy, approvedAt, expiresAt } = entry;
  return [
    ports === '' ? `${name}: nothing` : `${name} ${ports}/${protocol}`,
    product === undefined ? '' : ` (${product})`,
    ` ${SAYS[effect]}`,
    expiresAt === undefined ? '' : ` until ${day(expiresAt)}`,
    `: ${reason} (${approvedBy}, ${day(approvedAt)})`,
  ].join('');
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
