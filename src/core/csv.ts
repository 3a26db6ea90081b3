/** Tables for spreadsheets (RFC 4180). */

/**
 * Rows as CSV. Cells that a spreadsheet would run as a formula get a leading apostrophe (OWASP, CSV injection): what
 * a scanned machine says must not run on the reader's.
 */
export async function csvRows(rows: readonly (readonly string[])[]): Promise<string> {
  const { stringify } = await import('csv-stringify/sync');
  return stringify([...rows], { escape_formulas: true, record_delimiter: '\r\n' });
}
