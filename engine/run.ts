/** One `run()` for the command line, the library and the tests. */

export { run } from './run/run.ts';
