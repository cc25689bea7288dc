/** Values that are given by name to a request, before its text is: `pool.request().input('owner', owner).query('… @owner')`. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { enclosingFunction } from './given.ts';
import type { Parameter, Query } from './query.ts';
import type { SourceEdit } from './rewrite.ts';
import { short, type Sink } from './sinks.ts';
import { unwrap } from './unwrap.ts';
import { mayMove, valueSource } from './values.ts';
import { contains } from './ways.ts';

export interface PlacedInputs {
  /** What is written into the text for each parameter. */
  readonly written: readonly string[];
  readonly edits: readonly SourceEdit[];
}

/** @returns why the values cannot be given so */
export function placeInputs(program: Program, sink: Sink, query: Query, parameters: readonly Parameter[]): PlacedInputs | string {
  const { call, row } = sink;
  const { expression } = call;
  if (!ts.isPropertyAccessExpression(expression)) return 'The method is called apart from its request.';
  const list = parameters.find((one) => one.list !== undefined);
  if (list !== undefined) return 'A list takes a name for each of its values.';
  const moves = parameters.every(({ parts }) =>
    parts.every((part) => typeof part === 'string' || contains(call, part) || mayMove(program, part, call)),
  );
  if (!moves) return 'Between the text and the call the values may change.';
  const receiver = unwrap(expression.expression);
  const why = row.request === undefined ? whyNotFresh(program, receiver, call) : undefined;
  if (why !== undefined) return why;
  const names = namesFor(parameters, query, receiver);
  const { text } = call.getSourceFile();
  // A chain with a line for each call gets lines of its own, and so does one that would be long.
  const own = /^\s*/.exec(text.slice(expression.expression.end))?.[0] ?? '';
  const breaks = own === '' && parameters.length > 2;
  const gap = breaks ? lineIn(call) : own;
  const inputs = parameters.map((parameter, index) => `${gap}.input('${names[index] ?? ''}', ${valueSource(program, parameter)})`);
  const { before, behind } = row.request ?? { before: '', behind: '' };
  const at = expression.expression.end;
  const start = expression.expression.getStart();
  return {
    written: parameters.map(({ bound }, index) => bound.placeholder.replace('?', () => `@${names[index] ?? ''}`)),
    edits: [
      ...(before === '' ? [] : [{ start, end: start, text: before }]),
      { start: at, end: at, text: `${behind}${inputs.join('')}${breaks ? gap : ''}` },
    ],
  };
}

function lineIn(call: ts.CallExpression): string {
  const file = call.getSourceFile();
  const { eol, unit } = sourceHabits(file);
  return `${eol}${indentationAt(file, call.getStart())}${unit}`;
}

/** A request keeps what it is given: another query of it would be given the same names again. */
function whyNotFresh(program: Program, receiver: ts.Expression, call: ts.CallExpression): string | undefined {
  if (ts.isNewExpression(receiver)) return receiver.arguments === undefined ? 'The request is made without parentheses.' : undefined;
  if (ts.isCallExpression(receiver)) return whyNotFreshCall(program, receiver, call);
  const symbol = ts.isIdentifier(receiver) ? program.symbolOf(receiver) : undefined;
  const definition = symbol && program.definitionOf(symbol);
  const made = definition && unwrap(definition);
  const shared = `\`${short(receiver)}\` may be the request of other queries too.`;
  if (symbol === undefined || made === undefined || !(ts.isCallExpression(made) || ts.isNewExpression(made))) return shared;
  if (enclosingFunction(made) !== enclosingFunction(call) || isRepeated(made, call)) return shared;
  const queries = program.references
    .to(symbol)
    .filter(({ parent }) => ts.isPropertyAccessExpression(parent) && sends.has(parent.name.text));
  const handedOn = program.references.to(symbol).some(({ parent }) => ts.isCallExpression(parent) || ts.isReturnStatement(parent));
  return queries.length === 1 && !handedOn ? undefined : shared;
}

/** `request.input('id', id).query(…)`: what it all begins with. */
function whyNotFreshCall(program: Program, receiver: ts.CallExpression, call: ts.CallExpression): string | undefined {
  const { expression } = receiver;
  const isInput = ts.isPropertyAccessExpression(expression) && ['input', 'output', 'replaceInput'].includes(expression.name.text);
  return isInput ? whyNotFresh(program, unwrap(expression.expression), call) : undefined;
}

const sends: ReadonlySet<string> = new Set(['query', 'batch', 'bulk', 'execute']);

/** Is the call in a loop that the request is not made in? */
function isRepeated(made: ts.Node, call: ts.Node): boolean {
  const loop = ts.findAncestor(call, (node) => ts.isIterationStatement(node, false) && !contains(node, made));
  return loop !== undefined && enclosingFunction(loop) === enclosingFunction(call);
}

/** Names of the values' own, of which no two are the same, and none is in the text or given to the request already. */
function namesFor(parameters: readonly Parameter[], { places }: Query, receiver: ts.Expression): readonly string[] {
  const taken = new Set([...places.filled.matchAll(/@(\w+)/g)].map(([, name = '']) => name.toLowerCase()));
  for (const [, name = ''] of receiver.getText().matchAll(/put\(\s*['"`](\w+)/g)) taken.add(name.toLowerCase());
  return parameters.map((parameter, index) => {
    const own = nameOf(parameter) ?? `value${index + 1}`;
    let name = own;
    for (let number = 2; taken.has(name.toLowerCase()); number += 1) name = `${own}${number}`;
    taken.add(name.toLowerCase());
    return name;
  });
}

function nameOf({ parts }: Parameter): string | undefined {
  const hole = parts.find((part) => typeof part !== 'string');
  return hole && nameFrom(hole);
}

/** That of the variable or member, `title` also of `request.body.title.trim()` and `String(title)`. */
function nameFrom(expression: ts.Expression): string | undefined {
  const inner = unwrap(expression);
  if (ts.isIdentifier(inner)) return inner.text;
  if (ts.isPropertyAccessExpression(inner)) return ts.isIdentifier(inner.name) ? inner.name.text : undefined;
  if (ts.isElementAccessExpression(inner)) {
    const { argumentExpression: key } = inner;
    return ts.isStringLiteralLike(key) && /^[A-Za-z_]\w*$/.test(key.text) ? key.text : nameFrom(inner.expression);
  }
  if (!ts.isCallExpression(inner)) return undefined;
  const [first] = inner.arguments;
  if (!ts.isPropertyAccessExpression(inner.expression) || inner.expression.expression.getText() === 'JSON') return first && nameFrom(first);
  return nameFrom(inner.expression.expression);
}
