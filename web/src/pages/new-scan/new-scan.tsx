/** A form whose plan says, while one types, what would be sent. Nothing is sent before the button. */
import { useMutation } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useOnce } from '../../api/once.ts';
import { useSession } from '../../api/session.ts';
import { Problem } from '../../parts/problem.tsx';
import * as text from '../../texts/messages.js';
import { argumentsOf, formOfSearch, searchOf, startScan } from './asked.ts';
import { useDraft } from './draft.ts';
import { ScanFields } from './fields.tsx';
import { PlanView, usePlan } from './plan.tsx';

const route = getRouteApi('/inside/scans/new');

export function NewScan() {
  const session = useSession();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [form, setForm] = useDraft(formOfSearch(search), (draft) =>
    navigate({ search: searchOf(draft), replace: true }),
  );
  const args = argumentsOf(form);
  const plan = usePlan(args);
  const begin = useOnce(startScan);
  const start = useMutation({
    mutationFn: begin,
    onSuccess: (task) => navigate({ to: '/scans/$task', params: { task }, search: {} }),
  });
  const may = session.can('scan:run');
  const ready = may && args !== undefined && plan.data?.allowed === true && !plan.outdated;
  return (
    <>
      <h1>{text.newscan_title()}</h1>
      <p className="mt-1 text-quiet">{text.newscan_lead()}</p>
      <div className="mt-4 grid items-start gap-5 xl:grid-cols-2">
        <form
          className="sheet grid gap-4 p-4"
          onSubmit={(event) => {
            event.preventDefault();
            if (ready) start.mutate(args);
          }}
        >
          <ScanFields form={form} onChange={setForm} />
          {start.error && <Problem error={start.error} />}
          <div className="flex flex-wrap items-center gap-3">
            <button type="submit" className="button button-main" disabled={!ready || start.isPending}>
              {text.newscan_scan()}
            </button>
            {!may && <p className="text-sm text-quiet">{text.scans_needs_scope({ scope: 'scan:run' })}</p>}
          </div>
        </form>
        <PlanView plan={plan} asked={args !== undefined} />
      </div>
    </>
  );
}
