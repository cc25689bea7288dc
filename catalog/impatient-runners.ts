/**
 * Test runners that are handed objects of functions, call them, and take no promise: what such a function throws later is nobody's failure.
 * By origin pattern.
 */

import { membersOf } from './origin-pattern.ts';

export interface ImpatientRunner {
  readonly framework: string;
  readonly callees: readonly string[];
}

export const impatientRunners: readonly ImpatientRunner[] = [
  // https://vowsjs.github.io: a topic that is a promise is the value that the vows are given.
  { framework: 'vows', callees: membersOf(['vows.describe()**'], ['addBatch', 'addVows']) },
  // https://github.com/caolan/nodeunit: a test has ended when it calls `test.done()`, and fails by what it throws before it returns.
  { framework: 'nodeunit', callees: ['nodeunit.testCase'] },
  // https://clarle.github.io/yui3/yui/docs/test/: a test that waits says so by `this.wait()`, and goes on in `this.resume()`.
  { framework: 'YUI Test', callees: ['yuitest.TestCase'] },
];
