import { describe, expect, it } from 'vitest';
import { DEFAULT_DETECTION } from '../../../src/captures/analysis.ts';
import { defaultConfig } from '../../../src/config/load.ts';

describe('settings of the detection', () => {
  it('have the same defaults in the configuration as in the engine', () => {
    expect(defaultConfig().detection).toEqual(DEFAULT_DETECTION);
  });
});
