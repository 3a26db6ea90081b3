import { expect, it } from 'vitest';
import { ASSET_ORDERS } from '../../../src/core/asset-list.ts';
import { SORTABLE } from '../../../web/src/pages/assets/view.ts';

it('the list of hosts can be ordered by what the server orders by', () =>
  expect(SORTABLE).toEqual(ASSET_ORDERS));
