/** Edits that give the values to the call, among those that it has. */

import { ts } from 'ts-morph';
import { sourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { arrayName } from './array-name.ts';
import type { Program } from '../../engine/program/program.ts';
import type { Parameter } from './query.ts';
import type { SourceEdit } from './rewrite.ts';
import { executorCalls, givenToExecutor, givenValues, isFunction, type Given, type Sink } from './sinks.ts';
import type { Carrier } from './text.ts';
import { unwrap } from './unwrap.ts';
import { mayMove, valueSource } from './values.ts';
import type { Wrapper } from './wrappers.ts';

export type PlacedValues =
  | { readonly kind: 'placed'; readonly edits: readonly SourceEdit[] }
  | { readonly kind: 'refused'; readonly code: 'mixed-parameters' | 'dynamic-text'; readonly message: string; readonly help: string };

export function placeValues(
  program: Program,
  sink: Sink,
  carriers: readonly Carrier[],
  parameters: readonly Parameter[],
  before: readonly number[],
  taken: number,
): PlacedValues {
  const sources = parameters.map((parameter) => valueSource(program, parameter));
  const targets = targetsOf(program, sink, taken);
  if (targets === undefined) {
    return {
      kind: 'refused',
      code: 'mixed-parameters',
      message: 'The prepared statement is used where its calls cannot be seen.',
      help: 'Pass the values where the statement is run.',
    };
  }
  const kept = keepInPlace(program, sink, carriers, parameters, sources, targets);
  if (kept === 'cannot') {
    return {
      kind: 'refused',
      code: 'dynamic-text',
      message: 'Between the text and the call the values may change.',
      help: 'Build the text where it is sent, or collect the values in an array where the text is built.',
    };
  }
  const edits: SourceEdit[] = kept === undefined ? [] : [kept.edit];
  for (const target of targets) {
    if (target.given.kind === 'unknown') {
      return {
        kind: 'refused',
        code: 'mixed-parameters',
        message: `New values cannot be put among those that the query has: ${target.given.why}.`,
        help: 'Add the placeholders and the values by hand, in the same order.',
      };
    }
    const edit = kept === undefined ? insert(target, sources, before, taken) : insertArray(target, kept.name);
    if (edit === undefined) {
      return {
        kind: 'refused',
        code: 'mixed-parameters',
        message: 'New values would stand between those of an array that is made elsewhere.',
        help: 'Add the placeholders and the values by hand, in the same order.',
      };
    }
    edits.push(...edit);
  }
  return { kind: 'placed', edits };
}

/**
 * Gives the call values in an array `name` that is filled where the text is built, and values of the call's own text before and behind them.
 * @returns undefined when that cannot be
 */
export function placeList(
  program: Program,
  sink: Sink,
  name: string | undefined,
  before: readonly string[],
  behind: readonly string[],
): readonly SourceEdit[] | undefined {
  const targets = targetsOf(program, sink, 0);
  // Values of the call's own text are made once, for one call.
  const own = before.length + behind.length > 0;
  if (targets === undefined || targets.some(({ given }) => given.kind !== 'nothing')) return undefined;
  if (own && targets.some(({ call }) => call !== sink.call)) return undefined;
  const all = [...before, ...(name === undefined ? [] : [`...${name}`]), ...behind];
  return targets.flatMap((target) => (own || name === undefined ? insert(target, all, [], 0) : insertArray(target, name)) ?? []);
}

/** A call, or an object in one, that takes the values. */
interface Target {
  readonly call: ts.CallExpression;
  readonly given: Given;
  readonly style: 'array' | 'arguments' | 'property';
  /** Where values go if there are none yet, and whether something is before or behind them. */
  readonly at: number;
  readonly follows: boolean;
  readonly precedes: boolean;
  readonly property?: string;
  /** Between what is before and the values; a comma and a space if not said. */
  readonly separator?: string;
  /** The property gets an object around it. */
  readonly wrapped?: true;
  /** Arguments that have to stand before the values. */
  readonly padding?: string;
  /** An argument that says that there are no values. */
  readonly replaces?: ts.Expression;
}

function targetsOf(program: Program, sink: Sink, taken: number): Target[] | undefined {
  // `db.all(sql, [], callback)`
  return takersOf(program, sink, taken)?.map((target) => {
    if (target.given.kind === 'elements' && target.given.elements.length === 0)
      return { ...target, given: { kind: 'nothing' }, style: 'array', replaces: target.given.node };
    const nothing = target.given.kind === 'nothing' && target.replaces === undefined ? nothingGiven(target) : undefined;
    return nothing === undefined ? target : { ...target, style: 'array', replaces: nothing };
  });
}

/** `db.all(sql, null, callback)` */
function nothingGiven({ call, style, at }: Target): ts.Expression | undefined {
  if (style === 'property') return undefined;
  const given = call.arguments.find((one) => one.pos >= at);
  if (given === undefined) return undefined;
  const isNothing = given.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(given) && given.text === 'undefined');
  return isNothing && call.arguments.indexOf(given) < 2 ? given : undefined;
}

function takersOf(program: Program, sink: Sink, taken: number): Target[] | undefined {
  const { call, row } = sink;
  if (row.values === 'executor') {
    return executorCalls(program, sink)?.map((executor) => ({
      call: executor,
      given: givenToExecutor(program, sink, executor, taken),
      style: 'arguments',
      at: openingOf(executor),
      follows: false,
      precedes: executor.arguments.length > 0,
    }));
  }
  const given = givenValues(program, sink, taken);
  if (sink.wrapper !== undefined) return [wrapperTarget(program, call, sink.wrapper, given)];
  if (sink.options !== undefined) return [propertyTarget(call, given, sink.options, row.options?.values ?? 'values')];
  if (row.values === 'replacements') {
    const property = 'replacements';
    const options = call.arguments[1];
    const object = options && unwrap(options);
    if (object !== undefined && ts.isObjectLiteralExpression(object)) return [propertyTarget(call, given, object, property)];
    const at = call.arguments[0]?.end ?? openingOf(call);
    return [{ call, given, style: 'property', at, follows: true, precedes: false, property, wrapped: true }];
  }
  return [{ call, given, style: 'array', at: call.arguments[0]?.end ?? openingOf(call), follows: true, precedes: false }];
}

function propertyTarget(call: ts.CallExpression, given: Given, object: ts.ObjectLiteralExpression, property: string): Target {
  const last = object.properties.at(-1);
  const place = { call, given, style: 'property', precedes: false, property } as const;
  if (last === undefined) return { ...place, at: object.end - 1, follows: false };
  return { ...place, at: last.end, follows: true, separator: separatorBehind(last) };
}

/** Where a function of the program takes its values: by a parameter that it has, or gets, behind the others. */
function wrapperTarget(program: Program, call: ts.CallExpression, { owner, values }: Wrapper, given: Given): Target {
  const index = values.kind === 'taken' ? values.index : owner.parameters.length;
  const there = call.arguments[index];
  const last = call.arguments.at(-1);
  if (there !== undefined && values.kind === 'taken' && values.optional && isFunction(program, there)) {
    return { call, given, style: 'array', at: there.getStart(), follows: false, precedes: true };
  }
  const missing = Math.max(0, index - call.arguments.length);
  return {
    call,
    given,
    style: 'array',
    at: last?.end ?? openingOf(call),
    follows: true,
    precedes: false,
    padding: 'undefined, '.repeat(missing),
    ...(there !== undefined && { replaces: there }),
  };
}

function openingOf(call: ts.CallExpression): number {
  return call.arguments.pos;
}

/** The values among the given ones; `before[n]` of these come first. */
function insert(target: Target, sources: readonly string[], before: readonly number[], taken: number): SourceEdit[] | undefined {
  const { given, style, at, follows, separator = ', ', precedes, padding = '', replaces } = target;
  const joined = sources.join(', ');
  switch (given.kind) {
    case 'nothing': {
      const values = style === 'arguments' ? joined : `[${joined}]`;
      if (replaces !== undefined) return [{ start: replaces.getStart(), end: replaces.end, text: values }];
      return [{ start: at, end: at, text: `${follows ? separator : ''}${padding}${named(target, values)}${precedes ? ', ' : ''}` }];
    }
    case 'elements':
    case 'arguments':
      return among(given, sources, before);
    case 'array': {
      const { expression } = given;
      const spread = `...${expression.getText()}`;
      const all = before.every((count) => count === taken)
        ? [spread, ...sources]
        : before.every((count) => count === 0)
          ? [...sources, spread]
          : undefined;
      return all && [{ start: expression.getStart(), end: expression.end, text: `[${all.join(', ')}]` }];
    }
    case 'single': {
      const { expression } = given;
      const counted = (count: number): string[] => sources.filter((_source, index) => before[index] === count);
      const text = `[${[...counted(0), expression.getText(), ...counted(1)].join(', ')}]`;
      return [{ start: expression.getStart(), end: expression.end, text }];
    }
    case 'unknown':
      return undefined;
  }
}

function among(given: Given & { kind: 'elements' | 'arguments' }, sources: readonly string[], before: readonly number[]): SourceEdit[] {
  const { elements } = given;
  const edits: SourceEdit[] = [];
  for (let count = 0; count <= elements.length; count += 1) {
    const here = sources.filter((_source, index) => before[index] === count).join(', ');
    if (here === '') continue;
    const next = elements[count];
    const previous = elements[count - 1];
    if (next !== undefined) edits.push({ start: next.getStart(), end: next.getStart(), text: `${here}, ` });
    else if (previous !== undefined) edits.push({ start: previous.end, end: previous.end, text: `, ${here}` });
  }
  return edits;
}

function insertArray(target: Target, name: string): SourceEdit[] | undefined {
  const { given, style, at, follows, separator = ', ', precedes, padding = '', replaces } = target;
  if (given.kind !== 'nothing') return undefined;
  const values = style === 'arguments' ? `...${name}` : name;
  if (replaces !== undefined) return [{ start: replaces.getStart(), end: replaces.end, text: values }];
  return [{ start: at, end: at, text: `${follows ? separator : ''}${padding}${named(target, values)}${precedes ? ', ' : ''}` }];
}

/** What stands before a property: a property on a line of its own is followed by another. */
function separatorBehind(last: ts.Node): string {
  const file = last.getSourceFile();
  const start = last.getStart();
  const indentation = indentationAt(file, start);
  const isFirstInLine = file.text.slice(0, start).endsWith(`\n${indentation}`);
  return isFirstInLine ? `,${sourceHabits(file).eol}${indentation}` : ', ';
}

/** `values`, `values: …`, or `{ replacements: … }` */
function named({ property, wrapped }: Target, values: string): string {
  if (property === undefined) return values;
  const shorthand = property === values ? property : `${property}: ${values}`;
  return wrapped === true ? `{ ${shorthand} }` : shorthand;
}

/**
 * Values of a text that is built before the call are collected where it is built, if they could change until the call.
 * @returns undefined when all values may stand in the call
 */
function keepInPlace(
  program: Program,
  sink: Sink,
  carriers: readonly Carrier[],
  parameters: readonly Parameter[],
  sources: readonly string[],
  targets: readonly Target[],
): { readonly name: string; readonly edit: SourceEdit } | 'cannot' | undefined {
  const holes = parameters.flatMap(({ parts }) => parts.filter((part) => typeof part !== 'string'));
  const inCall = (hole: ts.Expression, { call }: Target): boolean => hole.pos >= call.pos && hole.end <= call.end;
  if (targets.every((target) => holes.every((hole) => inCall(hole, target) || mayMove(program, hole, target.call)))) return undefined;
  const statement = statementOf(carriers);
  if (statement === undefined || targets.some(({ given }) => given.kind !== 'nothing')) return 'cannot';
  const file = sink.call.getSourceFile();
  const { constant, semicolon, eol } = sourceHabits(file);
  const name = arrayName(program, sink.call, [enclosingFunction(statement)]);
  const line = `${eol}${indentationAt(file, statement.getStart())}${constant} ${name} = [${sources.join(', ')}]${semicolon}`;
  return { name, edit: { start: statement.end, end: statement.end, text: line } };
}

/** The one statement that declares the text and nothing else. */
function statementOf(carriers: readonly Carrier[]): ts.VariableStatement | undefined {
  const statements = new Set(
    carriers.map(({ expression }) => {
      let node: ts.Node = expression;
      while (ts.isExpression(node) || ts.isTemplateSpan(node)) node = node.parent;
      const holder = ts.isVariableDeclaration(node) ? node.parent.parent : undefined;
      return holder !== undefined && ts.isVariableStatement(holder) && holder.declarationList.declarations.length === 1
        ? holder
        : undefined;
    }),
  );
  const [only] = statements;
  return statements.size === 1 ? only : undefined;
}

export function enclosingFunction(node: ts.Node): ts.Node {
  let current = node;
  while (!ts.isSourceFile(current) && !ts.isFunctionLike(current)) current = current.parent;
  return current;
}
