/** Frameworks that load a file and call the function that it exports, with themselves: `module.exports = function (grunt) { … }`. */

export interface HandedModule {
  /** The framework, as messages name it. */
  readonly framework: string;
  /** The npm package that the parameter then is; one that the file's own package declares. */
  readonly module: string;
  /** What people call the first parameter. Without it a function that a module exports is anybody's. */
  readonly parameter: string;
}

export const handedModules: readonly HandedModule[] = [
  // `loadTask` in lib/grunt/task.js: `fn.call(grunt, grunt)`. Nothing is done with what it returns.
  { framework: 'Grunt', module: 'grunt', parameter: 'grunt' },
];
