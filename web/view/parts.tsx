/** Small parts of several pages of the view. */
import type { ReactNode } from 'react';
import { Scroll } from '../src/parts/scroll.tsx';
import { Untrusted } from '../src/parts/untrusted.tsx';

/** What went wrong, in the words of the API or of the chat. */
export function Failed({ says }: { says: string | undefined }) {
  if (says === undefined) return null;
  return (
    <div role="alert" className="failed">
      <Lines>{says}</Lines>
    </div>
  );
}

/** Text of several lines that may hold words from the network. */
export function Lines({ children }: { children: string }) {
  return children.split('\n').map((line, at) => (
    <p key={at}>
      <Untrusted>{line}</Untrusted>
    </p>
  ));
}

/** A host: a button where it can be opened. */
export function HostName({
  id,
  name,
  open,
}: {
  id: string | undefined;
  name: string | undefined;
  open: ((asset: string) => void) | undefined;
}) {
  if (id === undefined || !open) return <Untrusted>{name}</Untrusted>;
  return (
    <button type="button" className="link" onClick={() => open(id)}>
      <Untrusted>{name ?? id}</Untrusted>
    </button>
  );
}

/** A table that scrolls by itself where the chat is too narrow for it. @param heads names of its columns */
export function Table({
  label,
  heads,
  children,
}: {
  label: string;
  heads: readonly string[];
  children: ReactNode;
}) {
  return (
    <Scroll label={label}>
      <table>
        <thead>
          <tr>
            {heads.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </Scroll>
  );
}
