import { useTool } from '../../api/call.ts';
import { Problem } from '../../parts/problem.tsx';
import { CoverageBars } from '../networks/coverage-bars.tsx';

/** When each network was looked at last, and whether that was in time. */
export function Coverage() {
  const { data, error } = useTool('show_coverage', {});
  if (error) return <Problem error={error} />;
  return data && <CoverageBars rows={data.coverage} />;
}
