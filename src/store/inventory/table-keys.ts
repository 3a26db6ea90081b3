/** The tables of the inventory, each with what tells its rows apart: what is copied from one database to another. */

export const INVENTORY_TABLES = [
  { table: 'sites', key: ['id'] },
  { table: 'networks', key: ['id'] },
  { table: 'looks', key: ['id'] },
  { table: 'look_parts', key: ['look_id', 'part'] },
  { table: 'fold_parts', key: ['look_id', 'attempt', 'part'] },
  { table: 'port_sets', key: ['id'] },
  { table: 'fingerprints', key: ['id'] },
  {
    table: 'coverage',
    key: ['look_id', 'first16', 'last16', 'aspect', 'protocol', 'port_set_id', 'technique'],
  },
  { table: 'coverage_gaps', key: ['look_id', 'first16', 'last16', 'aspect'] },
  {
    table: 'asked',
    key: ['site_id', 'first16', 'last16', 'vantage', 'aspect', 'protocol', 'port_set_id', 'technique'],
  },
  { table: 'assets', key: ['id'] },
  { table: 'tested', key: ['asset_id', 'addr16', 'vantage', 'aspect', 'protocol', 'port_set_id'] },
  { table: 'asset_history', key: ['asset_id', 'field', 'valid_from'] },
  { table: 'identifiers', key: ['asset_id', 'type', 'value', 'detail'] },
  { table: 'addresses', key: ['site_id', 'addr16', 'asset_id', 'valid_from'] },
  { table: 'services', key: ['asset_id', 'vantage', 'protocol', 'port'] },
  { table: 'service_history', key: ['asset_id', 'vantage', 'protocol', 'port', 'valid_from'] },
  { table: 'facts', key: ['asset_id', 'hash'] },
  { table: 'incidents', key: ['id'] },
  { table: 'events', key: ['id'] },
  { table: 'expectations', key: ['id'] },
  { table: 'bookmarks', key: ['caller', 'what'] },
  { table: 'identity_log', key: ['id'] },
  { table: 'identity_constraints', key: ['site_id', 'a', 'b'] },
  { table: 'suppressed', key: ['look_id', 'subject', 'rule', 'why'] },
  { table: 'site_memory', key: ['site_id', 'key'] },
] as const;

/** Those whose rows the database counts up by itself. */
export const COUNTED_TABLES = INVENTORY_TABLES.filter(({ key }) => key[0] === 'id').map(({ table }) => ({
  table,
  column: 'id',
}));
