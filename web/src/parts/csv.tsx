import * as text from '../texts/messages.js';

interface Props {
  /** Of the file, without its ending. */
  name: string;
  /** Asked for when the file is made: the rows that the list shows, its heads first. */
  rows: () => readonly (readonly string[])[];
}

/** A file of exactly what a list shows. */
export function CsvButton({ name, rows }: Props) {
  const save = async () => {
    const { stringify } = await import('csv-stringify/browser/esm/sync');
    // Words of a scanned machine must not run as a formula in the reader's spreadsheet.
    const table = stringify([...rows()], { escape_formulas: true, record_delimiter: '\r\n' });
    const address = URL.createObjectURL(new Blob([table], { type: 'text/csv' }));
    const link = document.createElement('a');
    link.href = address;
    link.download = `${name}.csv`;
    link.click();
    URL.revokeObjectURL(address);
  };
  return (
    <button type="button" className="button" onClick={() => void save()}>
      {text.export_csv()}
    </button>
  );
}
