/** Tests that assert by an object, their first parameter, in any version: a failure that is only logged in one would let it pass. */

import { membersOf } from './origin-pattern.ts';

export interface AssertingTest {
  /** Patterns of origin keys, see `origin-pattern.ts`: functions that are given a test as their last argument. */
  readonly callees: readonly string[];
  /** The member of the object that fails the test when it is called with an error, or with its text. */
  readonly failsBy: 'error' | 'fail';
}

const variants = ['only', 'test', 'skip'];

export const assertingTests: readonly AssertingTest[] = [
  { callees: ['tape', ...membersOf(['tape'], variants)], failsBy: 'error' },
  { callees: ['tap', ...membersOf(['tap'], variants)], failsBy: 'error' },
  { callees: ['ava', ...membersOf(['ava'], ['cb', 'failing', 'only', 'serial', 'skip', 'test'])], failsBy: 'fail' },
];
