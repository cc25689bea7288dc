/** What in the output of a check that failed is news. */

import { stripVTControlCharacters } from 'node:util';

const linesAtMost = 12;

/** The lines that a passing run did not say, the first of them; without any, the last lines. */
export function newLines(failing: string, passing: string): string[] {
  const known = new Set(linesOf(passing).map(withoutNumbers));
  const lines = linesOf(failing);
  const fresh = lines.filter((line) => !known.has(withoutNumbers(line)));
  return fresh.length > 0 ? fresh.slice(0, linesAtMost) : lines.slice(-linesAtMost);
}

function linesOf(output: string): string[] {
  return stripVTControlCharacters(output)
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
}

/** Durations, ports and counts differ from run to run. */
function withoutNumbers(line: string): string {
  return line.replace(/\d+(?:\.\d+)?/g, '0');
}
