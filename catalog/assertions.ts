/** Assertions that are handed functions and objects, as something to look at or as something to call. */

import { membersOf } from './origin-pattern.ts';

/** Functions that take a value and give an object with assertions about it: `expect(load).toHaveBeenCalled()`. Origin keys. */
export const expectations: readonly string[] = [
  ...['chai.expect', 'expect', 'expect.js', 'global.expect', '@jest/globals.expect', 'vitest.expect'],
];

/** Words of such assertions that call nothing. One of them that stands for a function of its own, such as `toThrow`, is not among them. */
export const lookingWords: ReadonlySet<string> = new Set([
  ...['toBe', 'toBeDefined', 'toBeFalsy', 'toBeInstanceOf', 'toBeNull', 'toBeTruthy', 'toBeUndefined', 'toEqual', 'toStrictEqual'],
  ...['toHaveBeenCalled', 'toHaveBeenCalledTimes', 'toHaveBeenCalledWith', 'toHaveBeenLastCalledWith', 'toHaveBeenNthCalledWith'],
  ...['toHaveLength', 'toHaveProperty', 'toMatchObject', 'wasCalled', 'wasCalledWith', 'wasNotCalled'],
  ...['a', 'an', 'and', 'be', 'been', 'called', 'calledOnce', 'calledTwice', 'calledWith', 'calledWithExactly', 'callCount', 'deep'],
  ...['defined', 'eql', 'equal', 'exist', 'false', 'function', 'have', 'instanceOf', 'instanceof', 'is', 'not', 'notCalled', 'null', 'ok'],
  ...['own', 'property', 'that', 'to', 'true', 'undefined', 'which'],
]);

/** Assertions that look at what they are handed. */
export const lookingAssertions: readonly string[] = [
  ...membersOf(['should', 'chai.should()', 'global.should'], ['exist', 'exists', 'not.exist', 'not.exists', 'not.equal']),
  ...['chai.assert', ...membersOf(['chai.assert'], ['exists', 'isDefined', 'isFunction', 'isObject', 'isOk'])],
  // `should` has the functions of Node's `assert`, and so has chai.
  ...membersOf(
    ['assert', 'should', 'chai.assert', 'chai.should()', 'global.should'],
    ['ok', 'equal', 'notEqual', 'strictEqual', 'notStrictEqual', 'deepEqual', 'notDeepEqual', 'deepStrictEqual'],
  ),
];

/** Functions of test runners that put something into the place of a member: calls go by its name as before, and it is put back. */
export const spying: readonly string[] = [
  ...['global.spyOn', 'global.jest.spyOn', '@jest/globals.jest.spyOn', 'global.vi.spyOn', 'vitest.vi.spyOn'],
];
