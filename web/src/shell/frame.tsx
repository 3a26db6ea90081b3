/** What every page stands in: the way to the others, who is logged in, how it looks, and whether it is live. */
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { Suspense, useEffect, useState } from 'react';
import { whenLoggedOut } from '../api/request.ts';
import { logOut, useSession } from '../api/session.ts';
import { Waiting } from '../parts/problem.tsx';
import { queries } from '../queries.ts';
import * as text from '../texts/messages.js';
import { KeyHints } from './keys.tsx';
import { LIVE_SCOPE, LiveProvider, useLink } from './live.tsx';
import { Looks } from './looks.tsx';
import { SECTIONS } from './sections.ts';

export function Frame() {
  return (
    <Suspense fallback={<Waiting />}>
      <LiveProvider>
        <a href="#main" className="button absolute -start-96 z-20 focus:start-2 focus:top-2">
          {text.skip_to_content()}
        </a>
        <div className="lg:grid lg:min-h-dvh lg:grid-cols-[13.5rem_minmax(0,1fr)]">
          <Side />
          <main id="main" tabIndex={-1} className="min-w-0 p-4 sm:p-6">
            <Stale />
            <Suspense fallback={<Waiting />}>
              <Page />
            </Suspense>
          </main>
        </div>
        <KeyHints />
        <Title />
      </LiveProvider>
    </Suspense>
  );
}

function useSection() {
  const path = useRouterState({ select: ({ location }) => location.pathname });
  return SECTIONS.findLast(({ to }) => path === to || (to !== '/' && path.startsWith(`${to}/`)));
}

/** The page, or the right that it needs: asked without it, it would look as if there were nothing. */
function Page() {
  const session = useSession();
  const section = useSection();
  if (section?.scope === undefined || session.can(section.scope)) return <Outlet />;
  return (
    <>
      <h1>{section.name()}</h1>
      <div className="sheet mt-4 p-5">
        <p className="font-semibold">{text.needs_scope({ scope: section.scope })}</p>
        <p className="mt-1 text-quiet">
          {text.needs_scope_next()} <code>portolan token create NAME --scopes {section.scope}</code>
        </p>
      </div>
    </>
  );
}

/** The page's name in the title: tabs and the history are told apart by it. */
function Title() {
  const section = useSection();
  return <title>{section ? `${section.name()} · Portolan` : 'Portolan'}</title>;
}

function Side() {
  const session = useSession();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  useEffect(() => {
    whenLoggedOut(() => {
      // Several requests may find it out, one after the other.
      if (location.pathname === '/login') return;
      void navigate({ to: '/login', search: { next: location.pathname + location.search } });
    });
  }, [navigate]);
  const leave = async () => {
    await logOut();
    queries.clear();
    await navigate({ to: '/login', search: {} });
  };
  return (
    <header className="border-line bg-sheet p-3 max-lg:border-b lg:border-e">
      <div className="flex items-center justify-between">
        <Link to="/" className="flex items-center gap-2 text-lg font-bold text-ink no-underline">
          <Compass /> Portolan
        </Link>
        <button
          type="button"
          className="button lg:hidden"
          aria-expanded={open}
          aria-controls="sections"
          onClick={() => setOpen(!open)}
        >
          {text.menu()}
        </button>
      </div>
      <div id="sections" className={open ? '' : 'max-lg:hidden'}>
        <nav aria-label={text.sections()} className="my-3">
          <ul className="grid gap-0.5 max-lg:grid-cols-2">
            {SECTIONS.filter(({ scope }) => scope === undefined || session.can(scope)).map(({ to, name }) => (
              <li key={to}>
                <Link
                  to={to}
                  className="block rounded-md px-2.5 py-1.5 text-ink no-underline hover:bg-raised"
                  activeProps={{
                    className: 'bg-raised font-semibold shadow-[inset_3px_0_var(--color-accent)]',
                  }}
                  activeOptions={{ exact: to === '/', includeSearch: false }}
                  onClick={() => setOpen(false)}
                >
                  {name()}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <Looks />
        <p className="mt-3 text-sm break-words text-quiet">
          {text.logged_in_as({ name: session.name })}
          {session.how !== 'local' && (
            <button type="button" className="button mt-1 block" onClick={leave}>
              {text.log_out()}
            </button>
          )}
        </p>
        {!session.can(LIVE_SCOPE) && <p className="mt-2 text-sm text-quiet">{text.no_live()}</p>}
        <p className="mt-2 text-sm text-quiet">
          {session.version} · <a href="/docs">API</a>
        </p>
      </div>
    </header>
  );
}

/** Says when what is shown may be old. */
function Stale() {
  const link = useLink();
  return (
    <div role="status">
      {link === 'lost' && (
        <p className="sheet mb-4 border-s-4 border-s-medium p-3">
          <strong>{text.stale()}</strong> {text.stale_next()}
        </p>
      )}
    </div>
  );
}

function Compass() {
  return (
    <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <circle cx="16" cy="16" r="14" fill="#0f4c5c" />
      <path d="m16 4 4 12-4 12-4-12z" fill="#fff" />
      <path d="m16 4 4 12h-8z" fill="#e36414" />
    </svg>
  );
}
