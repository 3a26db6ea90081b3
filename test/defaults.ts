/** What holds where nobody has set anything. */
import { defaultConfig } from '../src/config/load.ts';

export const { detection: DEFAULT_DETECTION, security: DEFAULT_POLICY } = defaultConfig();
