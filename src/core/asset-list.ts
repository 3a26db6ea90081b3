/** How lists of assets are ordered, and what they are counted by: the words that callers and the store share. */

export const ASSET_ORDERS = [
  'address',
  'name',
  'vendor',
  'os',
  'class',
  'state',
  'first_seen',
  'last_seen',
] as const;

export interface AssetOrder {
  by: (typeof ASSET_ORDERS)[number];
  descending: boolean;
}

/** `last_seen`, or `-last_seen` for the latest first. @returns undefined for what is no order */
export function assetOrder(text: string): AssetOrder | undefined {
  const by = ASSET_ORDERS.find((one) => one === text.replace(/^-/, ''));
  return by === undefined ? undefined : { by, descending: text.startsWith('-') };
}

export const COUNTED = [
  'state',
  'class',
  'vendor',
  'os',
  'tag',
  'net',
  'port',
  'service',
  'product',
] as const;
export type Counted = (typeof COUNTED)[number];
