import { Untrusted } from './untrusted.tsx';

/** Facts by name, told by others; those that are not known are left out. */
export function Facts({
  rows,
  className,
}: {
  rows: readonly (readonly [name: string, value: string | undefined])[];
  className: string;
}) {
  return (
    <dl className={`grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 ${className}`}>
      {rows.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name} className="contents">
            <dt className="text-quiet">{name}</dt>
            <dd>
              <Untrusted>{value}</Untrusted>
            </dd>
          </div>
        ),
      )}
    </dl>
  );
}
