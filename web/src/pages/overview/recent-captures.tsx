/** The way from the first page to who scanned us: the captures of late. */
import { Link } from '@tanstack/react-router';
import { useTool } from '../../api/call.ts';
import { useSession } from '../../api/session.ts';
import { Moment } from '../../parts/moment.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';

const SHOWN = 3;

export function RecentCaptures() {
  const session = useSession();
  const { data } = useTool('list_captures', { limit: SHOWN }, { enabled: session.can('capture:read') });
  if (!data || !('captures' in data)) return null;
  return (
    <section className="my-6">
      <h2>{text.scanned_us_title()}</h2>
      {data.captures.length === 0 && (
        <p className="mt-1 text-quiet">
          {text.scanned_us_none()} <Link to="/captures">{text.nav_captures()}</Link>
        </p>
      )}
      <ul className="mt-2 grid gap-1">
        {data.captures.map(({ path, modified }) => (
          <li key={path}>
            <Link to="/captures" search={{ path }}>
              <Untrusted>{path}</Untrusted>
            </Link>{' '}
            <span className="text-quiet">
              <Moment at={modified} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
