/**
 * What tests stop the clock with: `setTimeout` of the program is another one then, and rings when the test says so. The timers of
 * `timers/promises` are not replaced (Sinon, Jest, Vitest), or not where they were taken out of their module (node:test).
 */

/** Functions and methods by which a clock is stopped, as they are called in a test. */
export const fakeClockCalls: readonly string[] = ['useFakeTimers', 'jasmine.clock', 'mock.timers.enable'];

/** Packages that are nothing else. */
export const fakeClockPackages: readonly string[] = ['@sinonjs/fake-timers', 'lolex'];
