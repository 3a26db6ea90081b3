/** Packet captures: which there are, handing one in, and what stands in the one that is chosen. */
import { getRouteApi, Link } from '@tanstack/react-router';
import { useSession } from '../../api/session.ts';
import { Moment, number } from '../../parts/moment.tsx';
import { Waiting } from '../../parts/problem.tsx';
import { SaveCsv } from '../../parts/save-csv.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { DeleteButton } from './delete-button.tsx';
import { HandIn } from './hand-in.tsx';
import { type Capture, useCaptures } from './list.ts';
import { Reading } from './reading.tsx';
import { CaptureProblem } from './token.tsx';

const route = getRouteApi('/inside/captures');

export function Captures() {
  const view = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useCaptures();
  const list = (
    <>
      {error && <CaptureProblem error={error} retry={() => void refetch()} />}
      {!data && !error && <Waiting />}
      {data && data.captures.length === 0 && <p className="sheet p-4 text-quiet">{text.captures_none()}</p>}
      {data && data.captures.length > 0 && (
        <List
          captures={data.captures}
          chosen={view.path}
          onGone={(path) => {
            if (path === view.path) void navigate({ search: {} });
          }}
        />
      )}
    </>
  );
  return (
    <>
      <h1>{text.captures_title()}</h1>
      <p className="mt-1 text-quiet">{text.captures_lead()}</p>
      <HandIn onKept={({ path }) => void navigate({ search: { path } })} />
      {view.path === undefined ? (
        list
      ) : (
        <>
          <details className="my-3">
            <summary>{text.captures_others({ count: data?.total ?? 0 })}</summary>
            <div className="mt-2">{list}</div>
          </details>
          <Reading key={view.path} path={view.path} background={view.background === true} />
        </>
      )}
    </>
  );
}

interface ListProps {
  captures: readonly Capture[];
  chosen: string | undefined;
  onGone: (path: string) => void;
}

function List({ captures, chosen, onGone }: ListProps) {
  const mayDelete = useSession().can('capture:upload');
  return (
    <>
      <Scroll label={text.captures_title()}>
        <table className="rows">
          <caption className="sr-only">{text.captures_title()}</caption>
          <thead>
            <tr>
              <th scope="col">{text.captures_file()}</th>
              <th scope="col">{text.captures_size()}</th>
              <th scope="col">{text.captures_written()}</th>
              <th scope="col">{text.captures_from()}</th>
              {mayDelete && (
                <th scope="col">
                  <span className="sr-only">{text.captures_delete()}</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {captures.map(({ path, size, modified, kind }) => (
              <tr key={path} aria-current={path === chosen ? 'true' : undefined}>
                <th scope="row" className="font-normal">
                  <Link to="/captures" search={{ path }}>
                    <Untrusted>{path}</Untrusted>
                  </Link>
                </th>
                <td className="whitespace-nowrap tabular-nums">{number(Math.ceil(size / 1024))} KiB</td>
                <td>
                  <Moment at={modified} />
                </td>
                <td>{kind === 'upload' ? text.captures_handed_in() : text.captures_folder()}</td>
                {mayDelete && (
                  <td>{kind === 'upload' && <DeleteButton path={path} onGone={() => onGone(path)} />}</td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      <p className="mt-2">
        <SaveCsv
          name="captures"
          rows={() => [
            ['path', 'size', 'modified', 'kind'],
            ...captures.map(({ path, size, modified, kind }) => [path, size, modified, kind]),
          ]}
        />
      </p>
    </>
  );
}
