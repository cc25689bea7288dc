/**
 * Packages whose loading has no effect but the binding, so that an import that is no longer used can go.
 * Node's own modules need no row.
 */
export const droppableModules: ReadonlySet<string> = new Set([
  'async',
  'bluebird',
  'q',
  'pump',
  'pumpify',
  'mississippi',
  'graceful-fs',
  'fs-extra',
  'sleep',
]);
