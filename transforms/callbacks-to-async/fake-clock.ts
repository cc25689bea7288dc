/** A test that stops the clock waits for `setTimeout`, and not for the timers of `timers/promises`, which go on. */

import { fakeClockCalls, fakeClockPackages } from '../../catalog/fake-clocks.ts';
import type { Program } from '../../engine/program/program.ts';

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
const calls = fakeClockCalls.map((name) => `\\b${name.split('.').map(escaped).join('\\s*\\.\\s*')}\\s*\\(`);
const packages = fakeClockPackages.map((name) => `['"]${escaped(name)}['"]`);
const stopping = new RegExp([...calls, ...packages].join('|'));

const found = new WeakMap<Program, { readonly path: string | undefined }>();

/**
 * The file of the program that stops the clock. Whose clock it is cannot be told, so its words are enough: what they are taken for is
 * only left alone.
 */
export function fakeClockIn(program: Program): string | undefined {
  let known = found.get(program);
  if (known === undefined) {
    const file = program.files.find(({ text }) => stopping.test(text));
    known = { path: file && program.pathOf(file) };
    found.set(program, known);
  }
  return known.path;
}
