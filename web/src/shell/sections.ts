/** The pages that are told in the frame, in the order of daily work, and the scope that each needs. */
import * as text from '../texts/messages.js';

export const SECTIONS = [
  { to: '/', name: text.nav_overview, scope: 'inventory:read' },
  { to: '/changes', name: text.nav_changes, scope: 'inventory:read' },
] as const;
