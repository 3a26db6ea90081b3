import { Scroll } from '../../parts/scroll.tsx';
import * as text from '../../texts/messages.js';

/** What was looked at, gravest first, and the command that mends what is not well. */
export function Findings({
  label,
  findings,
}: {
  label: string;
  findings: readonly { name: string; ok: boolean; detail: string; fix?: string | undefined }[];
}) {
  return (
    <Scroll label={label}>
      <table className="rows">
        <thead>
          <tr>
            <th scope="col">{text.state()}</th>
            <th scope="col">{text.system_check()}</th>
            <th scope="col">{text.system_detail()}</th>
            <th scope="col">{text.system_mend()}</th>
          </tr>
        </thead>
        <tbody>
          {findings
            .toSorted((one, other) => Number(one.ok) - Number(other.ok))
            .map(({ name, ok, detail, fix }) => (
              <tr key={name}>
                <td className={ok ? 'whitespace-nowrap text-good' : 'whitespace-nowrap text-medium'}>
                  <span aria-hidden="true">{ok ? '✓' : '◆'}</span>{' '}
                  {ok ? text.system_ok() : text.system_not_ok()}
                </td>
                <th scope="row">{name}</th>
                <td>{detail}</td>
                <td>{fix !== undefined && <code>{fix}</code>}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </Scroll>
  );
}
