/** What an assertion does with a function that it is handed. */

import { ts } from 'ts-morph';
import { expectations, lookingWords } from '../../catalog/assertions.ts';
import { blindToAsync, inspecting } from '../../catalog/object-takers.ts';
import type { Program } from '../program/program.ts';
import { outermost } from './functions.ts';
import type { Call } from './roles.ts';

const expecting: ReadonlySet<string> = new Set(expectations);

/** `expect(load).toHaveBeenCalled()` looks at the function, `expect(load).toThrow()` calls it; `undefined` where it is no assertion, or an unknown one. */
export function assertionOf(program: Program, call: Call): 'looks' | 'calls' | undefined {
  const key = program.originOf(call.expression)?.key;
  if (key === undefined) return undefined;
  if (inspecting.has(key)) return 'looks';
  if (!expecting.has(key)) return isComparedWith(key) ? 'looks' : undefined;
  const words = wordsBehind(call);
  if (words.some((word) => /^(?:toThrow\w*|throws?|throwError|throwException|Throw)$/.test(word))) return 'calls';
  return words.every((word) => lookingWords.has(word)) ? 'looks' : undefined;
}

/** Does the call ask whether it is handed a function, and take an async one for none? */
export function isBlindToAsync(program: Program, call: Call): boolean {
  const key = program.originOf(call.expression)?.key;
  const { fileName } = call.getSourceFile();
  return blindToAsync.some((row) => row.callee === key && program.packages.majorVersion(fileName, row.package) === row.major);
}

/** `expect(job.run).toBe(load)`, by its key `expect().toBe`. */
function isComparedWith(key: string): boolean {
  const [made, rest] = key.split(/\(\)\.(.*)/s, 2);
  return made !== undefined && rest !== undefined && expecting.has(made) && rest.split('.').every((word) => lookingWords.has(word));
}

/** The names in `.not.to.be.called()`. */
function wordsBehind(call: ts.Expression): readonly string[] {
  const words: string[] = [];
  for (let value = outermost(call); ;) {
    const { parent } = value;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === value) words.push(parent.name.text);
    else if (!ts.isCallExpression(parent) || parent.expression !== value) return words;
    value = outermost(parent);
  }
}
