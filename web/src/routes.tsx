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
import { alertsView } from './pages/alerts/view.ts';
import { assetView } from './pages/asset/view.ts';
import { assetsView } from './pages/assets/view.ts';
import { capturesView } from './pages/captures/view.ts';
import { changesView } from './pages/changes/view.ts';
import { expectationsView } from './pages/expectations/view.ts';
import { networksView } from './pages/networks/view.ts';
import { newScanView } from './pages/new-scan/view.ts';
import { compareView, scansView, scanView } from './pages/scans/view.ts';
import { schedulesView } from './pages/schedules/view.ts';
import { servicesView } from './pages/services/view.ts';
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

const assets = createRoute({
  getParentRoute: () => inside,
  path: '/assets',
  validateSearch: assetsView,
  component: lazyRouteComponent(() => import('./pages/assets/assets.tsx'), 'Assets'),
});

const asset = createRoute({
  getParentRoute: () => inside,
  path: '/assets/$asset',
  validateSearch: assetView,
  component: lazyRouteComponent(() => import('./pages/asset/asset.tsx'), 'AssetPage'),
});

const services = createRoute({
  getParentRoute: () => inside,
  path: '/services',
  validateSearch: servicesView,
  component: lazyRouteComponent(() => import('./pages/services/services.tsx'), 'Services'),
});

const networks = createRoute({
  getParentRoute: () => inside,
  path: '/networks',
  validateSearch: networksView,
  component: lazyRouteComponent(() => import('./pages/networks/networks.tsx'), 'Networks'),
});

const expectations = createRoute({
  getParentRoute: () => inside,
  path: '/expectations',
  validateSearch: expectationsView,
  component: lazyRouteComponent(() => import('./pages/expectations/expectations.tsx'), 'Expectations'),
});

const alerts = createRoute({
  getParentRoute: () => inside,
  path: '/alerts',
  validateSearch: alertsView,
  component: lazyRouteComponent(() => import('./pages/alerts/alerts.tsx'), 'Alerts'),
});

const data = createRoute({
  getParentRoute: () => inside,
  path: '/data',
  component: lazyRouteComponent(() => import('./pages/data/data.tsx'), 'Data'),
});

const system = createRoute({
  getParentRoute: () => inside,
  path: '/system',
  component: lazyRouteComponent(() => import('./pages/system/system.tsx'), 'System'),
});

const scans = createRoute({
  getParentRoute: () => inside,
  path: '/scans',
  validateSearch: scansView,
  component: lazyRouteComponent(() => import('./pages/scans/scans.tsx'), 'Scans'),
});

const scan = createRoute({
  getParentRoute: () => inside,
  path: '/scans/$task',
  validateSearch: scanView,
  component: lazyRouteComponent(() => import('./pages/scans/scan.tsx'), 'Scan'),
});

const compare = createRoute({
  getParentRoute: () => inside,
  path: '/scans/compare',
  validateSearch: compareView,
  component: lazyRouteComponent(() => import('./pages/scans/compare.tsx'), 'Compare'),
});

const newScan = createRoute({
  getParentRoute: () => inside,
  path: '/scans/new',
  validateSearch: newScanView,
  component: lazyRouteComponent(() => import('./pages/new-scan/new-scan.tsx'), 'NewScan'),
});

const schedules = createRoute({
  getParentRoute: () => inside,
  path: '/schedules',
  validateSearch: schedulesView,
  component: lazyRouteComponent(() => import('./pages/schedules/schedules.tsx'), 'Schedules'),
});

const captures = createRoute({
  getParentRoute: () => inside,
  path: '/captures',
  validateSearch: capturesView,
  component: lazyRouteComponent(() => import('./pages/captures/captures.tsx'), 'Captures'),
});

const tree = root.addChildren([
  login,
  inside.addChildren([
    overview,
    changes,
    assets,
    asset,
    services,
    networks,
    scans,
    scan,
    compare,
    newScan,
    schedules,
    captures,
    expectations,
    alerts,
    data,
    system,
  ]),
]);

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
