/**
 * The order of the test files: those that take minutes first, so that no core is left alone with one at the end.
 * Jest would know it from an earlier run; a fresh clone has none, and goes by the size of the files.
 */

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
/** @type {typeof import('@jest/test-sequencer').default} */
const Sequencer = createRequire(require.resolve('jest'))('@jest/test-sequencer').default;

const longest = [
  'tests/properties/sync-programs.test.ts',
  'tests/properties/sql.test.ts',
  'tests/journal/crash.test.ts',
  'tests/behaviour.test.ts',
  'tests/package.test.ts',
  'tests/fixtures.test.ts',
  'tests/doors/codemod.test.ts',
  'tests/example.test.ts',
  'tests/hostile/hostile.test.ts',
  'tests/new-transform.test.ts',
  'tests/check/check.test.ts',
];

export default class LongestFirst extends Sequencer {
  /** @param {import('@jest/test-result').Test[]} tests */
  sort(tests) {
    const rank = (/** @type {import('@jest/test-result').Test} */ { path }) => {
      const found = longest.findIndex((name) => path.replaceAll('\\', '/').endsWith(`/${name}`));
      return found === -1 ? longest.length : found;
    };
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}
