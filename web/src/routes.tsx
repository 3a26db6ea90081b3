/** The addresses of the dashboard. Each page is loaded when somebody goes there, and reads its view from its address. */

import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { sessionQuery } from './api/session.ts';
import { changesView } from './pages/changes/view.ts';
import { queries } from './queries.ts';
import { ErrorPage, NoPage } from './shell/error-page.tsx';
import { Frame } from './shell/frame.tsx';
import { LogIn } from './shell/log-in.tsx';
import { loginView } from './shell/login-view.ts';

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ notFoundComponent: NoPage });

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  validateSearch: loginView,
  component: LogIn,
});

/** Everything that is for those who are logged in. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Frame,
  beforeLoad: async ({ context, location }) => {
    if ((await context.queries.ensureQueryData(sessionQuery)) === null)
      throw redirect({ to: '/login', search: { next: location.href } });
  },
});

const overview = createRoute({
  getParentRoute: () => inside,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/overview/overview.tsx'), 'Overview'),
});

const changes = createRoute({
  getParentRoute: () => inside,
  path: '/changes',
  validateSearch: changesView,
  component: lazyRouteComponent(() => import('./pages/changes/changes.tsx'), 'Changes'),
});

const tree = root.addChildren([login, inside.addChildren([overview, changes])]);

export const router = createRouter({
  routeTree: tree,
  context: { queries },
  defaultPreload: 'intent',
  defaultErrorComponent: ErrorPage,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
