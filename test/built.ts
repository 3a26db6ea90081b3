/** The program that tests start: the bundle that ships, which starts in a third of the time its sources take. */
import { fileURLToPath } from 'node:url';

/** A copy of `dist/` (test/build.ts): tests that pack the package build that one anew, while others run. */
export const BUILT = fileURLToPath(new URL('../.built', import.meta.url));
export const MAIN = fileURLToPath(new URL('../.built/main.js', import.meta.url));
