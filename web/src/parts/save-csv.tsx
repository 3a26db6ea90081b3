import * as text from '../texts/messages.js';
import { csv } from './csv.ts';

/** Saves what a list shows, and nothing else. */
export function SaveCsv({
  name,
  rows,
}: {
  name: string;
  /** The first one has the names of the columns. */
  rows: () => readonly (readonly (string | number | undefined)[])[];
}) {
  const save = () => {
    const address = URL.createObjectURL(new Blob([csv(rows())], { type: 'text/csv' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = `${name}.csv`;
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <button type="button" className="button" onClick={save}>
      {text.export_csv()}
    </button>
  );
}
