import { Link } from '@tanstack/react-router';
import { Moment } from '../../parts/moment.tsx';
import { Severity } from '../../parts/severity.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import type { Change } from './list.ts';
import { wordsOf } from './words.ts';

const STATES: Record<Change['state'], () => string> = {
  open: text.state_open,
  acknowledged: text.state_acknowledged,
  accepted: text.state_accepted,
  muted: text.state_muted,
  ignored: text.state_ignored,
  closed: text.state_closed,
};

interface Props {
  change: Change;
  /** The one that the keys are about. */
  current: boolean;
  /** Undefined: this reader cannot choose. */
  selected: boolean | undefined;
  onPoint: () => void;
  onSelect: () => void;
}

export function ChangeRow({ change, current, selected, onPoint, onSelect }: Props) {
  const { change_id: id, asset_id: asset, address, name, port, before, after } = change;
  return (
    <tr
      data-change={id}
      aria-current={current}
      className={current ? 'bg-raised shadow-[inset_4px_0_var(--color-accent)]' : ''}
      onClick={onPoint}
    >
      {selected !== undefined && (
        <td>
          <input
            type="checkbox"
            className="size-6"
            checked={selected}
            onChange={onSelect}
            aria-label={`${text.select()}: ${wordsOf(change.kind)} ${address ?? ''} ${port ?? ''}`}
          />
        </td>
      )}
      <td>
        <Severity of={change.severity} />
      </td>
      <td>
        <Link
          from="/changes"
          to="/changes"
          search={(view) => ({ ...view, change: id })}
          title={text.permalink()}
        >
          {wordsOf(change.kind)}
        </Link>
        {change.times > 1 && (
          <span className="ms-1 text-sm text-quiet">{text.times({ count: change.times })}</span>
        )}
      </td>
      <td>
        {asset ? (
          <a href={`/assets/${asset}`}>
            <Untrusted>{address ?? name}</Untrusted>
          </a>
        ) : (
          <Untrusted>{address ?? change.site}</Untrusted>
        )}{' '}
        <span className="font-mono">{port}</span>
        {address && name && (
          <div className="text-sm text-quiet">
            <Untrusted>{name}</Untrusted>
          </div>
        )}
      </td>
      <td className="max-w-md">
        <Untrusted>{before}</Untrusted> {after !== undefined && '→'} <Untrusted>{after}</Untrusted>
      </td>
      <td>
        <Moment at={change.at} />
      </td>
      <td>
        {STATES[change.state]()}
        {change.decided_by && <div className="text-sm text-quiet">{change.decided_by}</div>}
        <div className="text-sm text-quiet">
          <Untrusted>{change.reason}</Untrusted>
        </div>
      </td>
    </tr>
  );
}
