/** The call without its callback: what is awaited. */

import { ts } from 'ts-morph';
import type { ImportNeed, PreambleNeed } from '../../engine/finding.ts';
import { importHabit, type Reference } from '../../engine/imports/habit.ts';
import type { FunctionNode } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import { moduleSpecifiers } from '../../engine/program/references.ts';
import { sourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { commentsIn } from '../../engine/source/layout.ts';
import { slice, type TextEdit } from '../../engine/source/slice.ts';
import { fakeClockIn } from './fake-clock.ts';
import { usesOwnThis } from './this.ts';
import { Obstacle } from './obstacle.ts';
import type { Flow } from './flow.ts';
import type { CallbackSite } from './sites.ts';
import type { Step } from './steps.ts';
import type { TaskRun } from './tasks.ts';

/** The edits that make an async function of a task; `around` are those of the code that it stands in. */
export type RewriteTask = (
  task: Flow,
  around: readonly TextEdit[],
) => { readonly edits: readonly TextEdit[]; readonly imports: readonly ImportNeed[]; readonly preambles: readonly PreambleNeed[] };

export interface CallText {
  readonly text: string;
  readonly imports: readonly ImportNeed[];
  readonly preambles: readonly PreambleNeed[];
}

/**
 * @param indentation of the line on which the call will stand
 * @param kept functions of the program that keep their callbacks: they are promisified
 * @throws Obstacle when there is no promise form that takes the same arguments
 */
export function callText(
  program: Program,
  site: CallbackSite,
  indentation: string,
  edits: readonly TextEdit[],
  kept: ReadonlySet<FunctionNode>,
  rewrite: RewriteTask,
): CallText {
  const { call } = site;
  const file = call.getSourceFile();
  if (site.target.kind === 'tasks') return tasksText(program, site.target.run, file, indentation, edits, kept, rewrite);
  if (site.target.kind === 'timer') return timerText(program, site, site.target.name, indentation, edits);
  const callee = calleeReference(program, site, indentation, edits, kept);
  const last = call.arguments.at(-2);
  const from = call.typeArguments === undefined ? openingParenthesis(call) : call.typeArguments.pos - 1;
  const { api } = site.target.kind === 'api' ? site.target : { api: undefined };
  if (api?.form.kind === 'receiver') return { text: callee.text, imports: callee.imports, preambles: callee.preambles };
  if (api?.form.kind === 'existence') {
    const [path] = call.arguments;
    const asked = path === undefined ? '' : slice(file, { start: path.getStart(file), end: path.end }, indentation, edits);
    return { ...callee, text: `${callee.text}(${asked}).then(() => true, () => false)` };
  }
  const [first] = call.arguments;
  if (callee.giving !== undefined && first !== undefined) {
    const given = last === undefined ? '' : `${slice(file, { start: first.getStart(file), end: last.end }, indentation, edits)}, `;
    const parameter = parameterBeside(callee.giving + given);
    return { ...callee, text: `${callee.text}((${parameter}) => ${callee.giving}(${given}${parameter}))()` };
  }
  if (callee.on !== undefined && first !== undefined) {
    const given = last === undefined ? '' : `, ${slice(file, { start: first.getStart(file), end: last.end }, indentation, edits)}`;
    return { ...callee, text: `${callee.text}.call(${callee.on}${given}${closing(call, indentation)}` };
  }
  const taken = last === undefined ? '()' : slice(file, { start: from, end: last.end }, indentation, edits) + closing(call, indentation);
  const behind = api?.form.kind === 'behind' ? `.${api.form.call}` : '';
  return { text: callee.text + taken + behind, imports: callee.imports, preambles: callee.preambles };
}

/** `Promise.all(list.map(async (item) => { … }))`. */
function tasksText(
  program: Program,
  run: TaskRun,
  file: ts.SourceFile,
  indentation: string,
  edits: readonly TextEdit[],
  kept: ReadonlySet<FunctionNode>,
  rewrite: RewriteTask,
): CallText {
  if (run.kind === 'in turn') throw new Error('what runs in turn is no call');
  if (run.kind === 'list') return listText(program, run, file, indentation, edits, kept, rewrite);
  const { fn } = run.task;
  const { edits: own, imports, preambles } = rewrite(run.task, edits);
  const list = slice(file, { start: run.list.getStart(file), end: run.list.end }, indentation, edits);
  const task = slice(file, { start: fn.getStart(file), end: fn.end }, indentation, own);
  return { text: `Promise.all(${isSimple(run.list) ? list : `(${list})`}.map(${task}))`, imports, preambles };
}

/** `Promise.all([…])`: what is but a call stands there as one; anything else is a function of its own, so that what it throws is a rejection too. */
function listText(
  program: Program,
  { given, tasks }: TaskRun & { kind: 'list' },
  file: ts.SourceFile,
  indentation: string,
  edits: readonly TextEdit[],
  kept: ReadonlySet<FunctionNode>,
  rewrite: RewriteTask,
): CallText {
  const needs: CallText[] = [];
  const begun = tasks.flatMap((task): readonly TextEdit[] => {
    const start = task.fn.getStart(file);
    const { end } = task.fn;
    const call = onlyCall(task);
    if (call !== undefined) {
      const written = callText(program, call.site, indentationAt(file, start), [...call.edits, ...edits], kept, rewrite);
      needs.push(written);
      return [{ start, end, text: written.text, moves: true }];
    }
    const { edits: own, imports, preambles } = rewrite(task, edits);
    needs.push({ text: '', imports, preambles });
    return [{ start, end: start, text: '(' }, ...own, { start: end, end, text: ')()' }];
  });
  const start = given.getStart(file);
  const brackets = ts.isArrayLiteralExpression(given)
    ? []
    : [
        { start, end: start + 1, text: '[' },
        ...given.properties.map((property) => ({ start: property.getStart(file), end: propertyValue(property).getStart(file), text: '' })),
        { start: given.end - 1, end: given.end, text: ']' },
      ];
  return {
    text: `Promise.all(${slice(file, { start, end: given.end }, indentation, [...brackets, ...begun])})`,
    imports: needs.flatMap(({ imports }) => imports),
    preambles: needs.flatMap(({ preambles }) => preambles),
  };
}

/** The call that is all that the task does, if nothing but the call itself can fail. */
function onlyCall({ fn, steps }: Flow): (Step & { kind: 'hand-on' }) | undefined {
  const [step, ...others] = steps;
  if (step?.kind !== 'hand-on' || others.length > 0 || fn.body === undefined) return undefined;
  const { call, target } = step.site;
  const isPlain =
    target.kind === 'taker' || (target.kind === 'api' && (target.api.result === 'first' || target.api.result === 'properties'));
  if (!isPlain || call.arguments.slice(0, -1).some(hasCall)) return undefined;
  return commentsIn(fn.getSourceFile(), { start: fn.body.getStart(), end: fn.body.end }).length > 0 ? undefined : step;
}

function hasCall(node: ts.Node): boolean {
  if (ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isTaggedTemplateExpression(node)) return true;
  return ts.forEachChild(node, (child) => (hasCall(child) ? true : undefined)) === true;
}

function propertyValue(property: ts.ObjectLiteralElementLike): ts.Node {
  return ts.isPropertyAssignment(property) ? property.initializer : property;
}

function isSimple(list: ts.Expression): boolean {
  return ts.isLeftHandSideExpression(list) && !ts.isNewExpression(list);
}

/** `setTimeout(100)` of `timers/promises`. */
function timerText(program: Program, { call }: CallbackSite, name: string, indentation: string, edits: readonly TextEdit[]): CallText {
  const file = call.getSourceFile();
  const stopped = fakeClockIn(program);
  if (stopped !== undefined) {
    throw new Obstacle(
      call,
      'no-twin',
      `\`${stopped}\` stops the clock for \`${name}\`, and the timers of \`timers/promises\` would go on.`,
      'Wait by a function of your own around `setTimeout`, which the test can stop too.',
    );
  }
  const timer = importHabit(program, file).reference('timers/promises', name, call);
  const [, delay] = call.arguments;
  const given = delay === undefined ? '' : slice(file, { start: delay.getStart(file), end: delay.end }, indentation, edits);
  return { text: `${timer.text}(${given})`, imports: timer.imports, preambles: timer.preambles };
}

/**
 * The closing parenthesis stands on a line of its own where it did and what is left does too, and behind spaces where the opening one is in
 * front of some.
 */
function closing(call: ts.CallExpression, indentation: string): string {
  const { text } = call.getSourceFile();
  const callback = call.arguments.at(-1);
  const before = call.arguments.at(-2);
  if (callback === undefined || before === undefined) return ')';
  const [first] = call.arguments;
  const opening = first === undefined ? '' : text.slice(openingParenthesis(call) + 1, first.getStart());
  const gaps = [opening, text.slice(before.end, callback.getStart()), text.slice(callback.end, call.end)];
  const ownLine = gaps.every((gap) => /[\r\n]/.test(gap));
  return ownLine ? `${sourceHabits(call.getSourceFile()).eol}${indentation})` : `${/^ *$/.exec(opening)?.[0] ?? ''})`;
}

function openingParenthesis(call: ts.CallExpression): number {
  const file = call.getSourceFile();
  return (
    call
      .getChildren(file)
      .find((child) => child.kind === ts.SyntaxKind.OpenParenToken)
      ?.getStart(file) ?? call.expression.end
  );
}

/** Names of functions that say nothing without that of their module. */
const verbs: ReadonlySet<string> = new Set(['del', 'delete', 'get', 'head', 'options', 'patch', 'post', 'put']);

/** What is called; `on` is the object of a method that is called apart from it, `giving` the call that is written where it is promisified. */
type Callee = Reference & { readonly on?: string; readonly giving?: string };

function parameterBeside(text: string): string {
  const names = new Set(text.match(/[\w$]+/g));
  return ['callback', 'cb', 'done'].find((name) => !names.has(name)) ?? '_callback';
}

function calleeReference(
  program: Program,
  site: CallbackSite,
  indentation: string,
  edits: readonly TextEdit[],
  kept: ReadonlySet<FunctionNode>,
): Callee {
  const { call, target } = site;
  const file = call.getSourceFile();
  const asWritten = (node: ts.Node): string => slice(file, { start: node.getStart(file), end: node.end }, indentation, edits);
  const same: Reference = { text: asWritten(call.expression), imports: [], preambles: [] };
  if (target.kind === 'timer' || target.kind === 'tasks') throw new Error('timers and tasks have a text of their own');
  if (target.kind === 'taker') return kept.has(target.fn) ? promisifiedFunction(program, call, target.fn) : same;
  const { api, name } = target;
  checkArguments(program, site);
  switch (api.form.kind) {
    case 'same':
    case 'behind':
      return same;
    case 'twin':
      return importHabit(program, file).reference(api.form.specifier, name, call);
    case 'promisified':
      return api.on !== 'module' || verbs.has(name)
        ? promisifiedValue(program, call)
        : importHabit(program, file).promisified(api.module, name, call);
    case 'existence':
      return importHabit(program, file).reference('fs/promises', 'access', call);
    case 'receiver':
      return { text: asWritten(receiverOf(call)), imports: [], preambles: [] };
    case 'through': {
      const receiver = receiverOf(call);
      return { text: `${asWritten(receiver)}.${api.form.call}.${name}`, imports: [], preambles: [] };
    }
    case 'bound':
      return boundMethod(program, call, name, asWritten);
    case 'assumed':
      if (ts.isIdentifier(call.expression)) return promisifiedValue(program, call);
      // A method of anything but a package may be another one by the time of the call.
      return boundMethod(program, call, name, asWritten, isOfPackage(program, call.expression));
  }
}

/** The package itself, promisified once for the module: `const requestAsync = promisify(request);`. */
function promisifiedValue(program: Program, call: ts.CallExpression): Reference {
  const callee = call.expression;
  const file = call.getSourceFile();
  const root = ts.isPropertyAccessExpression(callee) ? callee.expression : callee;
  const declaration = ts.isIdentifier(root) ? program.checker.getSymbolAtLocation(root)?.declarations?.[0] : undefined;
  const habit = importHabit(program, file);
  const promisify = habit.reference('util', 'promisify', file);
  if (!ts.isIdentifier(root) || declaration === undefined || !isModuleConstant(program, declaration)) {
    return { ...promisify, text: `${promisify.text}(${callee.getText()})` };
  }
  const member = ts.isPropertyAccessExpression(callee) ? callee.name.text : 'async';
  const local = habit.freshName(root.text + member.charAt(0).toUpperCase() + member.slice(1), `${callee.getText()}(promisified)`);
  const keyword = sourceHabits(file).constant === 'var' ? 'var' : 'const';
  const text = `${keyword} ${local} = ${promisify.text}(${callee.getText()})`;
  return { text: local, imports: promisify.imports, preambles: [...promisify.preambles, { path: program.pathOf(file), text }] };
}

function receiverOf(call: ts.CallExpression): ts.Expression {
  if (ts.isPropertyAccessExpression(call.expression)) return call.expression.expression;
  throw new Obstacle(call, 'callback-shape', 'The method is called apart from its object.', 'Call it on the object.');
}

/**
 * `const dbGet = promisify(db.get).bind(db);` beside the imports, for an object that is there when the module loads; for any other,
 * the method is promisified where it is called.
 *
 * @param once the method is the same whenever it is called
 */
function boundMethod(program: Program, call: ts.CallExpression, name: string, asWritten: (node: ts.Node) => string, once = true): Callee {
  const receiver = receiverOf(call);
  const file = call.getSourceFile();
  const symbol = ts.isIdentifier(receiver) ? program.checker.getSymbolAtLocation(receiver) : undefined;
  const declaration = symbol?.declarations?.[0];
  if (!once || !ts.isIdentifier(receiver) || declaration === undefined || !isModuleConstant(program, declaration)) {
    const promisify = importHabit(program, file).reference('util', 'promisify', file);
    if (!isPath(receiver)) return { ...promisify, giving: asWritten(call.expression) };
    const written = asWritten(receiver);
    return { ...promisify, text: `${promisify.text}(${written}.${name})`, on: written };
  }
  const habit = importHabit(program, file);
  const promisify = habit.reference('util', 'promisify', file);
  const local = habit.freshName(
    variableName(receiver.text) + name.charAt(0).toUpperCase() + name.slice(1),
    `${receiver.text}.${name}(bound)`,
  );
  const keyword = sourceHabits(file).constant === 'var' ? 'var' : 'const';
  const text = `${keyword} ${local} = ${promisify.text}(${receiver.text}.${name}).bind(${receiver.text})`;
  return {
    text: local,
    imports: promisify.imports,
    preambles: [...promisify.preambles, { path: program.pathOf(file), text }],
  };
}

/** `Sails` and `DB` as the beginning of the name of a variable. */
function variableName(name: string): string {
  return name.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (capitals) => capitals.toLowerCase());
}

/** `tmp.file`: what a package that is not in the program exports. */
function isOfPackage(program: Program, callee: ts.Expression): boolean {
  const origin = program.originOf(callee);
  return origin !== undefined && origin.module !== 'global' && origin.steps.length === 1;
}

/** `connection`, `this.client`, `req.app.locals.db`: read twice, it is the same object. */
function isPath(receiver: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(receiver)) return receiver.questionDotToken === undefined && isPath(receiver.expression);
  return ts.isIdentifier(receiver) || receiver.kind === ts.SyntaxKind.ThisKeyword;
}

/** `const loadAsync = promisify(store.load);` for a function of the program that cannot lose its callback. */
function promisifiedFunction(program: Program, call: ts.CallExpression, fn: FunctionNode): Reference {
  const callee = call.expression;
  const file = call.getSourceFile();
  const root = ts.isPropertyAccessExpression(callee) ? callee.expression : callee;
  const declaration = ts.isIdentifier(root) ? program.checker.getSymbolAtLocation(root)?.declarations?.[0] : undefined;
  const isThere =
    declaration !== undefined &&
    ((isModuleConstant(program, declaration) && !importsBack(program, fn.getSourceFile(), file)) ||
      (ts.isFunctionDeclaration(declaration) && ts.isSourceFile(declaration.parent)));
  if (!isThere || !ts.isIdentifier(root)) {
    throw new Obstacle(
      call,
      'no-twin',
      `\`${callee.getText()}\` keeps its callback, and cannot be promisified once for the module.`,
      'Promisify it by hand, or remove what keeps it from becoming async.',
    );
  }
  const habit = importHabit(program, file);
  const promisify = habit.reference('util', 'promisify', file);
  const text = callee.getText().replace(/\s+/g, '');
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : root.text;
  const method = ts.isPropertyAccessExpression(callee) && fn.body !== undefined && usesOwnThis(fn.body) ? `.bind(${root.text})` : '';
  if (ts.isPropertyAccessExpression(callee) && isGivenLater(declaration, fn)) {
    return { ...promisify, text: `${promisify.text}(${text})${method}` };
  }
  const local = habit.freshName(`${name}Async`, `${text}(promisified)`);
  const keyword = sourceHabits(file).constant === 'var' ? 'var' : 'const';
  return {
    text: local,
    imports: promisify.imports,
    preambles: [...promisify.preambles, { path: program.pathOf(file), text: `${keyword} ${local} = ${promisify.text}(${text})${method}` }],
  };
}

/** `var api = exports;`, and further down `api.load = function …`: where the variable is made, the object has no such member yet. */
function isGivenLater(declaration: ts.Declaration, fn: FunctionNode): boolean {
  if (declaration.getSourceFile() !== fn.getSourceFile()) return false;
  return fn.pos < declaration.pos || declaration.end < fn.end;
}

/** In a circle of imports a module may be read before it has its members. */
function importsBack(program: Program, from: ts.SourceFile, to: ts.SourceFile): boolean {
  const seen = new Set<ts.SourceFile>();
  const pending = [from];
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    for (const specifier of moduleSpecifiers(file)) {
      const target = program.resolveImport(specifier.text, file);
      if (target === to) return true;
      if (target !== undefined) pending.push(target);
    }
  }
  return false;
}

/** An import, or a variable of the top level that has one value: what is made of it once stands behind it. */
function isModuleConstant(program: Program, declaration: ts.Declaration): boolean {
  if (ts.isImportClause(declaration) || ts.isImportSpecifier(declaration) || ts.isNamespaceImport(declaration)) return true;
  let node: ts.Node = declaration;
  while (ts.isBindingElement(node) || ts.isObjectBindingPattern(node)) node = node.parent;
  if (!ts.isVariableDeclaration(node) || !ts.isSourceFile(node.parent.parent.parent) || node.initializer === undefined) return false;
  if ((ts.getCombinedNodeFlags(node) & ts.NodeFlags.Const) !== 0) return true;
  const symbol = ts.isIdentifier(node.name) ? program.checker.getSymbolAtLocation(node.name) : undefined;
  return symbol !== undefined && (program.definitionOf(symbol) === node.initializer || /\brequire\s*\(/.test(node.initializer.getText()));
}

function checkArguments(program: Program, site: CallbackSite): void {
  const { call, target } = site;
  if (target.kind !== 'api') return;
  const [first] = call.arguments;
  if (target.api.descriptor === true && first !== undefined) {
    const type = program.checker.getTypeAtLocation(first);
    if ((type.flags & ts.TypeFlags.NumberLike) !== 0 || isDescriptor(program, first)) {
      throw new Obstacle(
        call,
        'no-twin',
        `\`${target.name}\` of fs/promises takes no file descriptor.`,
        'Open the file as a `FileHandle`.',
      );
    }
  }
  if (target.api.module === 'dns' && target.name === 'lookup' && call.arguments.length > 2) {
    throw new Obstacle(call, 'callback-shape', 'What `lookup` gives depends on its options.', 'Use `dns.promises.lookup` by hand.');
  }
}

function isDescriptor(program: Program, expression: ts.Expression): boolean {
  const key = program.originOf(expression)?.key;
  return key !== undefined && /^fs\.open(?:Sync\(\)|\(cb1\))$/.test(key);
}
