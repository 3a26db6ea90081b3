/** What a query of an address can only say as text. */
export function counted(query: Readonly<Record<string, string>>): Record<string, unknown> {
  const { limit, unconfirmed, ...rest } = query;
  return {
    ...rest,
    ...(limit === undefined ? {} : { limit: /^\d{1,9}$/.test(limit) ? Number(limit) : limit }),
    ...(unconfirmed === undefined ? {} : { unconfirmed: unconfirmed === 'true' }),
  };
}
