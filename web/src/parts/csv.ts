/** Rows as a file: RFC 4180, and no cell that a spreadsheet would take for a formula. */

const FORMULA = /^[=+\-@\t\r]/;

export function csv(rows: readonly (readonly (string | number | undefined)[])[]): string {
  return rows.map((row) => row.map((value) => cell(value)).join(',')).join('\r\n');
}

function cell(value: string | number | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const shown = value.replace(/[\p{Cc}\p{Cf}]/gu, ' ');
  return `"${(FORMULA.test(shown) ? `'${shown}` : shown).replaceAll('"', '""')}"`;
}
