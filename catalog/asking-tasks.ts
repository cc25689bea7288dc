/**
 * Tasks that are over when the function returns, whatever it returns, unless it has asked its framework to wait.
 * They are no roots: a promise is nothing to them.
 */

import { membersOf } from './origin-pattern.ts';

export interface AskingTask {
  /** The framework, as messages name it. */
  readonly framework: string;
  /** Patterns of origin keys, see `origin-pattern.ts`. The task is the last argument. */
  readonly callees: readonly string[];
  /**
   * The method of `this` that asks to wait, and gives a function to be called at the end. That treats what it is called with as the
   * framework treats what a task returns, or throws, that has not asked.
   */
  readonly asks: string;
}

export const askingTasks: readonly AskingTask[] = [
  // `runTaskFn` in lib/util/task.js: `complete(success)`, `complete(err)`, and `setTimeout(function () { complete(success); }, 1)`.
  {
    framework: 'Grunt',
    callees: membersOf(['grunt', 'grunt.task'], ['registerTask', 'registerMultiTask', 'registerInitTask']),
    asks: 'async',
  },
];
