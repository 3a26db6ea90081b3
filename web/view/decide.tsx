/** Decides about one change, by a button that says what becomes expected; and takes it back. */
import { useEffect, useRef, useState } from 'react';
import * as v from 'valibot';
import { wordsOf } from '../src/pages/changes/words.ts';
import { visible } from '../src/parts/visible.ts';
import * as text from '../src/texts/messages.js';
import { type Change, Decided } from './answers.ts';
import type { Host } from './host.ts';
import { Failed } from './parts.tsx';

const STATES: Record<Change['state'], () => string> = {
  open: text.state_open,
  acknowledged: text.state_acknowledged,
  accepted: text.state_accepted,
  muted: text.state_muted,
  ignored: text.state_ignored,
  closed: text.state_closed,
};

/** The kinds whose acceptance makes an expectation of a port (docs/inventory.md). */
const BECOMES: Readonly<Record<string, typeof text.view_expect_open>> = {
  'port.opened': text.view_expect_open,
  'port.discovered': text.view_expect_open,
  'port.closed': text.view_expect_shut,
  'port.unreachable': text.view_expect_shut,
};

/** A name of the network within our own sentence: it can neither hide in it nor turn it around. */
const quoted = (words: string) => `\u2068${visible(words)}\u2069`;

/** What the button says. */
function offerOf({ kind, port, address, name, asset_id: id, site }: Change): string {
  const host = quoted(address ?? name ?? id ?? site);
  const becomes = id === undefined || port === undefined ? undefined : BECOMES[kind];
  return becomes
    ? becomes({ port: visible(port ?? ''), host })
    : text.view_accept({ what: wordsOf(kind), host });
}

export function Decide({ host, change }: { host: Host; change: Change }) {
  const [state, setState] = useState(change.state);
  const [says, setSays] = useState<string>();
  const [failed, setFailed] = useState<string>();
  const busy = useRef(false);
  const outcome = useRef<HTMLParagraphElement>(null);
  // The button that was pressed is gone: reading goes on at what came of it.
  useEffect(() => {
    if (says !== undefined) outcome.current?.focus();
  }, [says]);

  const decide = async (decision: 'accept' | 'undo') => {
    if (busy.current) return;
    busy.current = true;
    setFailed(undefined);
    try {
      const told = await host.call('accept_changes', { changes: [change.change_id], decision });
      if (told.failed) return setFailed(told.text);
      const { changes, expected } = v.parse(Decided, told.facts);
      setState(changes.find(({ change_id: id }) => id === change.change_id)?.state ?? state);
      setSays(decision === 'undo' ? text.view_undone() : outcomeOf(expected));
      host.tellModel(told.text);
    } catch (error) {
      setFailed(String(error));
    } finally {
      busy.current = false;
    }
  };
  const what = `${wordsOf(change.kind)} ${visible(change.port ?? '')}`.trim();
  return (
    <>
      {says === undefined ? (
        state !== 'open' && <p>{STATES[state]()}</p>
      ) : (
        <p ref={outcome} role="status" tabIndex={-1}>
          {says}
        </p>
      )}
      <Failed says={failed} />
      {host.mayCall && state === 'open' && (
        <button key="accept" type="button" className="main" onClick={() => void decide('accept')}>
          {offerOf(change)}
        </button>
      )}
      {host.mayCall && state === 'accepted' && (
        <button
          key="undo"
          type="button"
          aria-label={text.view_undo({ what, host: quoted(change.address ?? change.name ?? change.site) })}
          onClick={() => void decide('undo')}
        >
          {text.undo()}
        </button>
      )}
    </>
  );
}

function outcomeOf(expected: readonly string[]): string {
  return expected.length === 0
    ? text.view_accepted()
    : text.now_expected({ what: expected.map(quoted).join('; ') });
}
