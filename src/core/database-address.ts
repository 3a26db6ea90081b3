/** How the database is named: a file of SQLite, or the address of a PostgreSQL database. */

export function isPostgres(database: string): boolean {
  return /^postgres(ql)?:\/\//.test(database);
}

/** The password that an address holds; undefined where there is none. */
export function passwordIn(database: string): string | undefined {
  const password = isPostgres(database) ? URL.parse(database)?.password : undefined;
  return password ? decodeURIComponent(password) : undefined;
}

/** The database as it may be shown. */
export function shownDatabase(database: string): string {
  if (!isPostgres(database)) return database;
  const url = URL.parse(database);
  if (url === null) return 'the PostgreSQL database of scans.database';
  const schema = url.searchParams.get('schema');
  const user = url.username === '' ? '' : `${url.username}@`;
  return `${url.protocol}//${user}${url.host}${url.pathname}${schema === null ? '' : `?schema=${schema}`}`;
}
