/** How many tests passed and failed, read from what a test runner printed. */

/**
 * Each runner's closing lines, with the number in the first group; `each` counts matches instead. The first row that matches anything is taken,
 * and where a runner ran several times its counts are added. `total` is for runners that do not say how many passed.
 * @type {readonly ({ runner: string, failed: RegExp, each?: true } & ({ passed: RegExp } | { total: RegExp }))[]}
 */
const runners = [
  { runner: 'jest', passed: /^Tests:.*?(\d+) passed/gm, failed: /^Tests:.*?(\d+) failed/gm },
  { runner: 'mocha', passed: /^\s*(\d+) passing\b/gm, failed: /^\s*(\d+) failing\b/gm },
  { runner: 'mocha before 1.10', passed: /^\s*[✔√] (\d+) tests? complete/gm, failed: /^\s*[✖×] (\d+) of \d+ tests? failed/gm },
  { runner: 'vows', passed: /^\s*[✓✗] .*?(\d+) honored/gm, failed: /(?<=^\s*[✓✗] .*?)(\d+) (?:broken|errored)/gm },
  { runner: 'nodeunit', passed: /^✔ /gm, failed: /^✖ /gm, each: true },
  { runner: 'lab', total: /^\s*(?:\d+ of )?(\d+) tests(?: passed| failed)?$/gm, failed: /^\s*(\d+) of \d+ tests failed/gm },
  { runner: 'ava', passed: /^\s*(\d+) (?:tests? )?passed$/gm, failed: /^\s*(\d+) (?:tests? )?failed$/gm },
  { runner: 'jasmine', total: /^(\d+) (?:specs?|tests?), /gm, failed: /^\d+ (?:specs?|tests?),.*?(\d+) failures?/gm },
  { runner: 'tap', passed: /^# pass:?\s+(\d+)/gm, failed: /^# fail:?\s+(\d+)/gm },
  { runner: 'tap without a summary', passed: /^ok \d+(?!.*# skip)/gim, failed: /^not ok \d+(?!.*# todo)/gim, each: true },
];

/**
 * @param {string} output
 * @returns {{ passed: number, failed: number } | undefined} undefined when no runner is recognised
 */
export function testCounts(output) {
  const plain = output.replaceAll(/\u001B\[[0-9;]*[A-Za-z]/g, '').replaceAll('\r', '');
  for (const row of runners) {
    const count = (/** @type {RegExp} */ pattern) => {
      const matches = [...plain.matchAll(pattern)];
      return row.each ? matches.length : matches.reduce((sum, match) => sum + Number(match[1]), 0);
    };
    const failed = count(row.failed);
    const passed = 'total' in row ? count(row.total) - failed : count(row.passed);
    if (passed + failed > 0) return { passed, failed };
  }
  return undefined;
}
