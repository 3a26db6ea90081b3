import { Link } from '@tanstack/react-router';
import { useSession } from '../../api/session.ts';
import * as text from '../../texts/messages.js';

/** The way on where nothing is known yet, for those who may scan; the others are told what it takes. */
export function PlanFirst() {
  if (!useSession().can('scan:run'))
    return <p className="mt-2 text-sm text-quiet">{text.scans_needs_scope({ scope: 'scan:run' })}</p>;
  return (
    <Link to="/scans/new" search={{}} className="button button-main mt-3">
      {text.plan_scan()}
    </Link>
  );
}
