/** The inventory, as callers ask it. */
import { PortolanError } from '../core/errors.ts';
import type { Store } from '../store/store.ts';
import { askAsset, askAssets, findAsWas, findOne } from './ask-assets.ts';
import { askChanges, askChangesOfTask, decide } from './ask-changes.ts';
import { askCounts } from './ask-counts.ts';
import { askCoverage, askLooksOf } from './ask-coverage.ts';
import { askFound } from './ask-empty.ts';
import { askEvidence } from './ask-evidence.ts';
import { askDrift, askExpectations, expectFrom } from './ask-expectations.ts';
import { askHolders, askLearnt, ownPart } from './ask-learnt.ts';
import { askPast } from './ask-past.ts';
import { assetsThat, changesThat } from './each.ts';
import { handIn } from './hand-in.ts';
import type { Asker, InventoryService } from './service.ts';

export interface InventorySettings {
  /** Of what is said without naming one. */
  site: () => string;
  /** Of Portolan. */
  version: string;
  /** Folds what was handed in, and tells those who follow. */
  fold: () => Promise<void>;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

export function createInventory(
  store: () => Promise<Store>,
  { site, version, fold, now = () => Date.now() }: InventorySettings,
): InventoryService {
  return {
    assets: async (ask) => await askAssets(await store(), ask, now()),
    asset: async (reference, at) => await askAsset(await store(), reference, at, now()),
    counts: async (ask) => await askCounts(await store(), ask, now()),
    past: async (reference) => await askPast(await store(), reference),
    changes: async (ask, asker) => await askChanges(await store(), ask, asker, now()),
    changesOfTask: async (task, limit) => await askChangesOfTask(await store(), task, limit),
    coverage: async (of) => await askCoverage(await store(), of, now()),
    looksOf: async (network, of) => await askLooksOf(await store(), network, of),
    evidence: async (ask) => {
      const of = ask.site ?? site();
      return await askEvidence(await store(), { ...ask, site: of, version }, now());
    },
    decide: async (ask, asker) => await decide(await store(), ask, asker, now()),
    expectations: async (of) => await askExpectations(await store(), of, now()),
    async expect(ask, asker) {
      approving(asker);
      return await expectFrom(await store(), ask, { asker, site: site(), now: now() });
    },
    async unexpect(uids, asker) {
      approving(asker);
      return await (await store()).expectations.remove(uids, { by: asker.name, at: now() });
    },
    drift: async (ask) => await askDrift(await store(), ask, now()),
    async *eachAsset(chosen) {
      yield* assetsThat(await store(), chosen, now());
    },
    async *eachChange(chosen) {
      yield* changesThat(await store(), chosen, now());
    },
    learnt: async (answers, before) => await askLearnt(await store(), answers, before, site()),
    holders: async (asked) => await askHolders(await store(), asked, site()),
    found: async (addresses, before) => await askFound(await store(), addresses, before, site()),
    async handIn(looks) {
      const open = await store();
      let fresh = 0;
      for await (const given of looks) {
        const look = given.kind === 'capture' ? await ownPart(open, given) : given;
        fresh += look && (await handIn(open, look)) ? 1 : 0;
      }
      await fold();
      return fresh;
    },
    async edit(reference, edit) {
      const open = await store();
      const { uid } = await findOne(open, reference);
      await open.sites.edit(uid, edit);
      return await askAsset(open, uid, undefined, now());
    },
    async constrain({ a, b, word, reason }, asker) {
      const open = await store();
      // What is one already is taken apart by its old id: a rebuild obeys.
      const find = word === 'must' ? findOne : findAsWas;
      const [first, second] = [await find(open, a), await find(open, b)];
      if (first.uid === second.uid || first.site !== second.site)
        throw new PortolanError(
          'invalid_argument',
          first.uid === second.uid
            ? 'Both are the same host.'
            : 'They are of two sites, which share no hosts.',
          'Name two hosts of one site by their asset_id; find_assets lists them.',
        );
      const given = word === 'forget' ? null : { word, by: asker.name, at: now(), reason };
      await open.sites.constrain(first.site, first.uid, second.uid, given);
      return [first, second];
    },
  };
}

function approving({ mayApprove }: Asker): void {
  if (mayApprove) return;
  throw new PortolanError(
    'needs_approval',
    'What is expected is said by those who may approve; nothing was changed.',
    'Have somebody with the scope inventory:approve say it.',
  );
}
