/** The last line of a test run, in one plain form. A test file that could not be run at all counts as a failure. */

/** @implements {import('@jest/reporters').Reporter} */
export default class JestSummary {
  /**
   * @param {unknown} _contexts
   * @param {import('@jest/test-result').AggregatedResult} results
   */
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    // Jest's own closing lines come after the last reporter's turn.
    process.once('exit', () => process.stderr.write(`${results.numPassedTests} passed, ${failed} failed\n`));
  }
}
