import { useState } from 'react';
import { wordsOf } from '../src/pages/changes/words.ts';
import { Moment } from '../src/parts/moment.tsx';
import { Severity } from '../src/parts/severity.tsx';
import { Untrusted } from '../src/parts/untrusted.tsx';
import * as text from '../src/texts/messages.js';
import { type Change, type Changes, screenOf } from './answers.ts';
import { Decide } from './decide.tsx';
import type { Host } from './host.ts';
import { Failed, HostName } from './parts.tsx';

interface Props {
  host: Host;
  facts: Changes;
  asked: Record<string, unknown>;
  open: ((asset: string) => void) | undefined;
}

export function ChangesScreen({ host, facts, asked, open }: Props) {
  const [pages, setPages] = useState<readonly Changes[]>([facts]);
  const [failed, setFailed] = useState<string>();
  const next = pages.at(-1)?.next_cursor;
  const more = async () => {
    try {
      const told = await host.call('what_changed', { ...asked, cursor: next });
      const screen = screenOf(told);
      if (screen.kind === 'changes') setPages([...pages, screen.facts]);
      else setFailed(told.text);
    } catch (error) {
      setFailed(String(error));
    }
  };
  return (
    <>
      <h1>{text.changes_title()}</h1>
      <p>{text.changes_count({ count: facts.total })}</p>
      <ChangeList host={host} changes={pages.flatMap(({ changes }) => changes)} open={open} />
      <Failed says={failed} />
      {next !== undefined && host.mayCall && (
        <button type="button" onClick={() => void more()}>
          {text.more_changes()}
        </button>
      )}
      {facts.not_compared.length > 0 && (
        <p className="quiet">
          {text.not_compared()}: <Untrusted>{facts.not_compared.join('; ')}</Untrusted>
        </p>
      )}
    </>
  );
}

interface ListProps {
  host: Host;
  changes: readonly Change[];
  open: ((asset: string) => void) | undefined;
}

export function ChangeList({ host, changes, open }: ListProps) {
  return (
    <>
      {!host.mayCall && changes.some(({ state }) => state === 'open') && (
        <p className="quiet">{text.view_only_read()}</p>
      )}
      <ul className="changes">
        {changes.map((change) => (
          <li key={change.change_id}>
            <p>
              <Severity of={change.severity} /> <strong>{wordsOf(change.kind)}</strong>{' '}
              <HostName
                id={change.asset_id}
                name={change.address ?? change.name ?? change.asset_id}
                open={open}
              />{' '}
              <code>{change.port}</code>
              {change.address !== undefined && change.name !== undefined && (
                <span className="quiet">
                  {' '}
                  <Untrusted>{change.name}</Untrusted>
                </span>
              )}
            </p>
            <p className="quiet">
              <Untrusted>{change.before}</Untrusted> {change.after !== undefined && '→'}{' '}
              <Untrusted>{change.after}</Untrusted> · <Moment at={change.at} />
              {change.times > 1 && ` · ${text.times({ count: change.times })}`}
            </p>
            <Decide host={host} change={change} />
          </li>
        ))}
      </ul>
    </>
  );
}
