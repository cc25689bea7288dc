/** The fix that gives a function of the program a parameter for the values of its query. */

import { ts } from 'ts-morph';
import type { Edit, Fix } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { firstFree, isNameFree } from '../../engine/source/names.ts';
import type { FunctionWithBody } from './functions.ts';
import { placeList } from './given.ts';
import type { Wrapper } from './wrappers.ts';

export function wrapperFixId(program: Program, { owner }: Wrapper): string {
  return `parameterize-sql:values-of:${program.pathOf(owner)}:${owner.pos}`;
}

export function wrapperFix(program: Program, wrapper: Wrapper): Fix {
  const { owner, inner, again, name } = wrapper;
  const path = program.pathOf(owner);
  const array = firstFree(['params', 'values', 'sqlParams'], (one) => isNameFree(program, one, owner, new Set()));
  const passed = inner.flatMap((sink) => placeList(program, sink, array, [], []) ?? []);
  const handed = again.map((call) => handOn(owner, call, array));
  const edits = [...parameterEdits(owner, array, ' = []'), ...passed, ...handed].map((edit): Edit => ({ kind: 'replace', path, ...edit }));
  return {
    kind: 'fix',
    id: wrapperFixId(program, wrapper),
    transform: 'parameterize-sql',
    site: undefined,
    title: `give \`${name}\` a parameter for the values of its query`,
    safety: 'safe',
    notes: [],
    edits,
    imports: [],
    preambles: [],
    dependsOn: [],
  };
}

/** A call of the function by itself gives the values along. */
export function handOn(
  { parameters }: FunctionWithBody,
  call: ts.CallExpression,
  array: string,
): { start: number; end: number; text: string } {
  const at = call.arguments.at(-1)?.end ?? call.arguments.pos;
  const missing = 'undefined, '.repeat(Math.max(0, parameters.length - call.arguments.length));
  return { start: at, end: at, text: `, ${missing}${array}` };
}

/** With a default, calls that give no values may stay as they are. */
export function parameterEdits(
  owner: FunctionWithBody,
  array: string,
  initial: ' = []' | '',
): { start: number; end: number; text: string }[] {
  const file = owner.getSourceFile();
  const typed = /\.[cm]?tsx?$/.test(file.fileName) ? ': unknown[]' : '';
  const text = `, ${array}${typed}${initial}`;
  const first = owner.parameters[0];
  const last = owner.parameters.at(-1);
  if (first === undefined || last === undefined) return [];
  const bare = ts.isArrowFunction(owner) && file.text.slice(first.end, owner.equalsGreaterThanToken.pos).trim() === '';
  if (!bare) return [{ start: last.end, end: last.end, text }];
  return [
    { start: first.getStart(), end: first.getStart(), text: '(' },
    { start: last.end, end: last.end, text: `${text})` },
  ];
}
