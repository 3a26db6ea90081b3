/** One scan that a capture shows: who, how, what it learnt of us, and the packets that prove it. */
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { number, whole } from '../../parts/moment.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';
import * as text from '../../texts/messages.js';
import { Enrichment } from './enrichment.tsx';
import { type Suspect, type Verdict, verdictOf, verification } from './verdict.ts';

const VERDICTS: Record<Verdict, { mark: string; className: string; word: () => string }> = {
  ours: { mark: '✓', className: 'text-good', word: text.captures_ours },
  asset: { mark: '◆', className: 'text-medium', word: text.captures_our_asset },
  stranger: { mark: '▲', className: 'text-high', word: text.captures_stranger },
};

export function SuspectCard({ suspect }: { suspect: Suspect }) {
  const [asked, setAsked] = useState(false);
  const { ip, technique, kind, tool, probes, confidence, our_task: task, our_asset: asset } = suspect;
  const verdict = VERDICTS[verdictOf(suspect)];
  const again = verification(suspect);
  return (
    <article className="sheet p-4" aria-label={ip}>
      <h3 className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <span className="font-mono text-base font-semibold">{ip}</span>
        <span className={`font-semibold ${verdict.className}`}>
          <span aria-hidden="true">{verdict.mark} </span>
          {verdict.word()}
        </span>
        {task && (
          <Link to="/scans/$task" params={{ task }} search={{}}>
            {text.captures_our_scan()}
          </Link>
        )}
        {asset && (
          <a href={`/assets/${asset.asset_id}`}>
            <Untrusted>{asset.name ?? asset.asset_id}</Untrusted>
          </a>
        )}
      </h3>
      <p className="mt-1">
        {kind} · {technique} · {tool.name} · {text.captures_probes({ count: probes })} ·{' '}
        {text.captures_of_ports({ count: suspect.distinct_ports })} ·{' '}
        {text.hosts({ count: suspect.distinct_hosts })} ·{' '}
        {text.captures_confidence({ percent: number(Math.round(confidence * 100)) })}
      </p>
      <p className="text-sm text-quiet">
        <When at={suspect.first_seen_iso} /> – <When at={suspect.last_seen_iso} />
        {suspect.slow && ` · ${text.captures_slow()}`}
        {suspect.role !== 'scanner' && ` · ${suspect.role}`}
        {suspect.group && ` · ${suspect.group.why}`}
      </p>
      <Answers suspect={suspect} />
      <Learnt suspect={suspect} />
      <details className="mt-2">
        <summary>{text.captures_evidence()}</summary>
        <ul className="mt-1 list-disc ps-6 text-sm">
          {[...suspect.reasons, tool.why].map((reason) => (
            <li key={reason}>
              <Untrusted>{reason}</Untrusted>
            </li>
          ))}
        </ul>
        <p className="mt-1 text-sm">
          {text.captures_packet_numbers()} <span className="font-mono">{suspect.packets.join(' ')}</span>
        </p>
        <p className="mt-1 text-sm break-words">
          {text.captures_asked_ports()} <span className="font-mono">{suspect.ports}</span>
        </p>
      </details>
      <div className="mt-3 flex flex-wrap gap-2">
        {again && (
          <Link to="/scans/new" search={again} className="button">
            {text.captures_verify()}
          </Link>
        )}
        {!asked && (
          <button type="button" className="button" onClick={() => setAsked(true)}>
            {text.captures_who()}
          </button>
        )}
      </div>
      {asked && <Enrichment ip={ip} />}
    </article>
  );
}

function When({ at }: { at: string | null }) {
  return at === null ? '?' : <time dateTime={at}>{whole(new Date(at))}</time>;
}

function Answers({ suspect: { answers } }: { suspect: Suspect }) {
  const { open, closed, filtered, silent } = answers;
  return (
    <p className="mt-1 text-sm">
      <span className={open.count > 0 ? 'font-medium' : ''}>
        {text.captures_answered_open({ count: open.count })}
      </span>
      {open.targets.slice(0, 6).map(({ ip, ports }) => (
        <span key={ip} className="ms-2 font-mono">
          {ip}:{ports}
        </span>
      ))}
      {' · '}
      {text.captures_closed({ count: closed.count })} · {text.captures_filtered({ count: filtered.count })} ·{' '}
      {text.captures_silent({ count: silent.count })}
    </p>
  );
}

type Knowledge = NonNullable<Suspect['learnt']>[number]['knowledge'];

const KNOWLEDGE: Record<Knowledge, () => string> = {
  known: text.captures_known,
  unexpected: text.captures_unexpected,
  contradicts: text.captures_contradicts,
  never_asked: text.captures_never_asked,
  unknown_host: text.captures_unknown_host,
};

/** Open ports of our hosts that it knows now, and whether we did. */
function Learnt({ suspect }: { suspect: Suspect }) {
  const { learnt = [], learnt_count: count = 0, never_asked: blind = [] } = suspect;
  if (learnt.length === 0) return null;
  return (
    <Scroll label={text.captures_learnt({ count })} className="mt-2">
      <table className="rows text-sm">
        <caption className="text-start font-semibold">{text.captures_learnt({ count })}</caption>
        <thead>
          <tr>
            <th scope="col">{text.host()}</th>
            <th scope="col">{text.port()}</th>
            <th scope="col">{text.captures_and_we()}</th>
          </tr>
        </thead>
        <tbody>
          {learnt.map((one) => (
            <tr key={`${one.address} ${one.port}`}>
              <th scope="row" className="font-normal">
                {one.asset_id ? (
                  <a href={`/assets/${one.asset_id}`}>
                    <Untrusted>{one.name ?? one.address}</Untrusted>
                  </a>
                ) : (
                  <span className="font-mono">{one.address}</span>
                )}
              </th>
              <td className="font-mono">{one.port}</td>
              <td className={one.knowledge === 'known' ? 'text-quiet' : 'font-medium text-medium'}>
                <span aria-hidden="true">{one.knowledge === 'known' ? '✓ ' : '◆ '}</span>
                {KNOWLEDGE[one.knowledge]()} <Untrusted>{one.said}</Untrusted>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {blind.length > 0 && <p className="p-3 text-sm">{text.captures_blind({ ports: blind.join(', ') })}</p>}
    </Scroll>
  );
}
