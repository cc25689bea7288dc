/**
 * Packages whose loading has no effect but the binding, so that an import that is no longer used can go.
 * Node's own modules need no row.
 */
const droppableModules: ReadonlySet<string> = new Set([
  'async',
  'bluebird',
  'q',
  'pump',
  'pumpify',
  'mississippi',
  'graceful-fs',
  'fs-extra',
  'lodash.once',
  'once',
  'onetime',
  'sleep',
]);

/** Packages whose files hold a function each: `async/waterfall`. */
const byFunction = /^async\/\w+$/;

export function isDroppable(specifier: string): boolean {
  return droppableModules.has(specifier) || byFunction.test(specifier);
}
