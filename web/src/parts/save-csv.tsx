import { useMutation } from '@tanstack/react-query';
import * as text from '../texts/messages.js';
import { csv } from './csv.ts';
import { Problem } from './problem.tsx';

type Rows = readonly (readonly (string | number | undefined)[])[];

/** Saves what a list shows, and nothing else. */
export function SaveCsv({
  name,
  rows,
}: {
  name: string;
  /** The first one has the names of the columns; a list of many pages is fetched first. */
  rows: () => Rows | Promise<Rows>;
}) {
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => save(`${name}.csv`, csv(await rows())),
  });
  return (
    <>
      <button type="button" className="button" disabled={isPending} onClick={() => mutate()}>
        {isPending ? text.loading() : text.export_csv()}
      </button>
      {error && <Problem error={error} />}
    </>
  );
}

function save(name: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
