/** Each port, service, product and version of what was chosen; what is the same as in the row above is not said again. */
import { Link } from '@tanstack/react-router';
import { useTool } from '../../api/call.ts';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import type { ServicesView } from './view.ts';

const MOST = 500;

export function Alike({ view: { query, port, product } }: { view: ServicesView }) {
  const { data, error, refetch } = useTool('count_assets', {
    ...(query ? { query } : {}),
    ...(port ? { port } : {}),
    ...(product ? { product } : {}),
    services: true,
    limit: MOST,
  });
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting />;
  const services = (data.services ?? []).toSorted(
    (a, b) =>
      (port === undefined ? 0 : (a.product ?? '~').localeCompare(b.product ?? '~')) ||
      Number.parseInt(a.port, 10) - Number.parseInt(b.port, 10) ||
      b.hosts - a.hosts,
  );
  if (services.length === 0) return <p className="sheet p-5">{text.services_none()}</p>;
  return (
    <section aria-labelledby="services-chosen" className="min-w-0">
      <h2 id="services-chosen">
        {port !== undefined && text.services_on_port({ port })} <Untrusted>{product}</Untrusted>
      </h2>
      <Scroll label={text.services_title()} className="mt-2">
        <table className="rows">
          <thead>
            <tr>
              <th scope="col">{text.port()}</th>
              <th scope="col">{text.assets_service()}</th>
              <th scope="col">{text.assets_product()}</th>
              <th scope="col">{text.services_version()}</th>
              <th scope="col">{text.services_hosts()}</th>
            </tr>
          </thead>
          <tbody>
            {services.map(({ port: at, service, product: says, version, hosts, query: part }) => (
              <tr key={part}>
                <th scope="row" className="border-line! font-mono text-ink!">
                  <Link to="/services" search={{ query, by: 'port', port: at }}>
                    {at}
                  </Link>
                </th>
                <td>
                  <Untrusted>{service}</Untrusted>
                </td>
                <td>
                  {says === undefined ? (
                    <span className="text-quiet">{text.services_unknown()}</span>
                  ) : (
                    <Link to="/services" search={{ query, by: 'product', product: says }}>
                      <Untrusted>{says}</Untrusted>
                    </Link>
                  )}
                </td>
                <td>
                  <Untrusted>{version}</Untrusted>
                </td>
                <td>
                  <Link
                    to="/assets"
                    search={{ query: [query, part].filter(Boolean).join(' ') }}
                    className="tabular-nums"
                  >
                    {text.hosts({ count: hosts })}
                  </Link>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {services.length === MOST && (
        <p className="mt-1 text-sm text-quiet">{text.services_first({ count: MOST })}</p>
      )}
      <p className="mt-2">
        <SaveCsv
          name="services"
          rows={() => [
            ['port', 'service', 'product', 'version', 'hosts', 'query'],
            ...services.map((one) => [one.port, one.service, one.product, one.version, one.hosts, one.query]),
          ]}
        />
      </p>
    </section>
  );
}
