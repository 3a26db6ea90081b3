/** Groups of tools, for choosing what a client is shown (tools.toolsets). */
export const TOOLSETS = [
  'scan',
  'tasks',
  'captures',
  'captures_admin',
  'intel',
  'inventory',
  'inventory_admin',
  'schedules',
  'alerts',
  'command',
] as const;
export type Toolset = (typeof TOOLSETS)[number];
