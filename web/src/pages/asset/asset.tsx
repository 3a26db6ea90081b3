/** One host: what it is now, what it ever was, and why it is one. */
import { getRouteApi } from '@tanstack/react-router';
import { useTool } from '../../api/call.ts';
import { Problem, Waiting } from '../../parts/problem.tsx';
import { Untrusted } from '../../parts/untrusted.tsx';

const route = getRouteApi('/inside/assets/$asset');

export function AssetPage() {
  const { asset } = route.useParams();
  const { at } = route.useSearch();
  const { data, error, refetch } = useTool('get_asset', { asset, ...(at ? { at } : {}) });
  if (error) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting />;
  return (
    <h1>
      <Untrusted>{data.asset.name ?? data.asset.address ?? data.asset.asset_id}</Untrusted>
    </h1>
  );
}
