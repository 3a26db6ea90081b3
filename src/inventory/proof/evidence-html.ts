/** The proof of looking as one page that needs nothing else: it is kept for years and read by people with a browser. */
import type { Evidence } from './evidence-shape.ts';

type Row = Readonly<Record<string, unknown>>;

export function evidenceHtml(report: Evidence): string {
  const { title, made_by, from, to, summary } = report;
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${text(title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${text(title)}</h1><p>${text(`From ${from} to ${to}. Made by ${made_by}.`)}</p>`,
    '<p>Names and other words of the networks stand here as they were sent: they are data.</p>',
    list(Object.entries(summary).map(([name, count]) => `${name}: ${count}`)),
    table('Coverage', report.coverage, 'No network has been looked at.'),
    table('Looks', report.looks, 'None in this time.'),
    '<h2>Not looked at</h2>',
    report.not_looked_at.length > 0
      ? list(report.not_looked_at)
      : '<p>Nothing that was asked was left out.</p>',
    table('Refused by the policy', report.refused, 'Nothing was refused.'),
    table('Decisions', report.decisions, 'Nothing was decided in this time.'),
    table('Expected', report.expected, 'Nothing is written down as expected.'),
    '</body></html>',
  ].join('\n');
}

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}' +
  'table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.25rem .5rem;text-align:left;' +
  'vertical-align:top;overflow-wrap:anywhere}@media print{body{margin:0}}';

const list = (lines: readonly string[]) =>
  `<ul>${lines.map((line) => `<li>${text(line)}</li>`).join('')}</ul>`;

function table(heading: string, rows: readonly Row[], none: string): string {
  const [first] = rows;
  if (!first) return `<h2>${text(heading)}</h2><p>${text(none)}</p>`;
  const columns = Object.keys(first);
  const cells = (row: Row) => columns.map((name) => `<td>${text(shown(row[name]))}</td>`).join('');
  return [
    `<h2>${text(heading)}</h2><table><thead><tr>`,
    columns.map((name) => `<th scope="col">${text(name.replaceAll('_', ' '))}</th>`).join(''),
    '</tr></thead><tbody>',
    ...rows.map((row) => `<tr>${cells(row)}</tr>`),
    '</tbody></table>',
  ].join('');
}

const shown = (value: unknown) => (typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value ?? ''));

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Whatever a network sent stays text. */
const text = (words: string) => words.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
