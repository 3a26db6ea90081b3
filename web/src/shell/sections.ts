/** The pages that are told in the frame, in the order of daily work, and the scope that each needs, if any. */
import * as text from '../texts/messages.js';

export const SECTIONS = [
  { to: '/', name: text.nav_overview, scope: undefined },
  { to: '/changes', name: text.nav_changes, scope: 'inventory:read' },
  { to: '/assets', name: text.nav_assets, scope: 'inventory:read' },
  { to: '/services', name: text.nav_services, scope: 'inventory:read' },
  { to: '/networks', name: text.nav_networks, scope: 'inventory:read' },
  { to: '/scans', name: text.nav_scans, scope: 'scan:read' },
  { to: '/schedules', name: text.nav_schedules, scope: 'schedules:read' },
  { to: '/captures', name: text.nav_captures, scope: 'capture:read' },
  { to: '/expectations', name: text.nav_expectations, scope: 'inventory:read' },
  { to: '/alerts', name: text.nav_alerts, scope: 'alerts:read' },
  { to: '/data', name: text.nav_data, scope: 'inventory:read' },
  { to: '/system', name: text.nav_system, scope: undefined },
] as const;
