/** Where the loop goes that takes the place of an array method, and how what the method gave is known after it. */

import { ts } from 'ts-morph';
import { usesConst } from '../imports/habit.ts';
import type { Program } from '../program/program.ts';
import { commentsIn } from '../source/layout.ts';
import { boundNames, identifiersIn } from '../source/names.ts';
import { ancestors, isWithin } from './ancestors.ts';
import { isFunctionNode, outermost } from './functions.ts';
import { searches } from './loop-returns.ts';

export type LoopPlace =
  /** `xs.forEach(…);`: the statement becomes the loop. */
  | { readonly kind: 'statement'; readonly statement: ts.Statement }
  /** `return xs.forEach(…);`, which gives nothing: the loop, and behind it a `return` where more follows. */
  | { readonly kind: 'returned'; readonly statement: ts.Statement; readonly ends: boolean }
  /** `const ys = xs.map(…);`: the array is declared before the loop. `head` is `const ys: string[]`. */
  | { readonly kind: 'declared'; readonly statement: ts.Statement; readonly name: string; readonly head: string }
  /** `return join(xs.map(…));`: the loop goes before the statement, where a new name stands for the call. `keyword` declares it. */
  | { readonly kind: 'before'; readonly statement: ts.Statement; readonly name: string; readonly keyword: 'const' | 'let' | 'var' }
  /** `(xs) => xs.map(…)`: the expression becomes a block. */
  | { readonly kind: 'body'; readonly body: ts.Expression; readonly name: string | undefined; readonly keyword: 'const' | 'let' | 'var' };

/** New names for what a method gives. */
const resultNames: Readonly<Record<string, string>> = {
  map: 'results',
  flatMap: 'results',
  filter: 'filtered',
  some: 'isAny',
  every: 'isEvery',
  find: 'found',
  findIndex: 'foundIndex',
};

/** A call of an array method that is to become a loop. */
export interface ArrayCall {
  readonly call: ts.CallExpression;
  /** The list. */
  readonly receiver: ts.Expression;
  readonly method: string;
  readonly fn: ts.Node;
  /** The name that a callback of `reduce` has for it. */
  readonly accumulator: string | undefined;
}

/** @returns the place, or a clause that says why there is none */
export function loopPlace(program: Program, arrayCall: ArrayCall): LoopPlace | string {
  const { call, receiver, method, accumulator } = arrayCall;
  const value = outermost(call);
  if (searches.has(method) && ts.isExpressionStatement(value.parent)) {
    return inStatements(value.parent) ?? { kind: 'statement', statement: value.parent };
  }
  if (method === 'forEach') {
    if (ts.isExpressionStatement(value.parent)) return inStatements(value.parent) ?? { kind: 'statement', statement: value.parent };
    if (ts.isArrowFunction(value.parent) && value.parent.body === value) {
      if (isCallbackOfArray(value.parent)) return withoutBraces;
      return { kind: 'body', body: call, name: undefined, keyword: 'const' };
    }
    // What a library's function gives is the list.
    const isMethod = ts.isPropertyAccessExpression(call.expression) && call.expression.expression === receiver;
    if (ts.isReturnStatement(value.parent) && isMethod) return returned(value.parent);
    return '`forEach` is used as a value';
  }
  if (accumulator === undefined && (method === 'map' || method === 'filter')) {
    const declared = declaredBy(program, arrayCall);
    if (declared !== undefined) return declared;
  }
  return hoisted(program, arrayCall);
}

const withoutBraces = 'the callback around it has no braces, and becomes the body of a loop itself';

/** Of a method that becomes a loop too, into whose body the expression goes as it is. */
function isCallbackOfArray(fn: ts.Node): boolean {
  const { parent } = outermost(fn);
  // `function () { … }.bind(this)`
  if (ts.isPropertyAccessExpression(parent) && parent.name.text === 'bind') return isCallbackOfArray(parent.parent);
  if (!ts.isCallExpression(parent) || !ts.isPropertyAccessExpression(parent.expression)) return false;
  const method = parent.expression.name.text;
  return method === 'forEach' || method === 'reduce' || method === 'reduceRight' || method in resultNames;
}

function inStatements(statement: ts.Statement): string | undefined {
  const { parent } = statement;
  if (ts.isBlock(parent) || ts.isSourceFile(parent) || ts.isCaseOrDefaultClause(parent)) return undefined;
  // `if (…) xs.forEach(…);`: a loop is a statement just as well.
  return ts.isIfStatement(parent) || ts.isIterationStatement(parent, false) ? undefined : 'no statement can stand before it';
}

/** CoffeeScript and arrow functions that were given braces return whatever comes last. */
function returned(statement: ts.ReturnStatement): LoopPlace | string {
  const fn = enclosing(statement);
  if (!ts.isBlock(statement.parent) && !ts.isCaseOrDefaultClause(statement.parent)) return 'no statement can stand before it';
  // A callback whose own `return` becomes a `continue` writes the statement anew.
  if (fn !== undefined && isCallbackOfArray(fn)) return 'the callback around it returns what it gives, and becomes a loop itself';
  return { kind: 'returned', statement, ends: fn === statement.parent.parent && statement.parent.statements.at(-1) === statement };
}

/** The array has the name that its statement gives it, where nobody can see it while it fills. */
function declaredBy(program: Program, { call, receiver }: ArrayCall): LoopPlace | undefined {
  const declaration = call.parent;
  if (!ts.isVariableDeclaration(declaration) || declaration.initializer !== call || !ts.isIdentifier(declaration.name)) return undefined;
  const list = declaration.parent;
  if (!ts.isVariableDeclarationList(list) || list.declarations.length !== 1 || !ts.isVariableStatement(list.parent)) return undefined;
  const statement = list.parent;
  if (statement.modifiers !== undefined || (!ts.isBlock(statement.parent) && !ts.isCaseOrDefaultClause(statement.parent))) return undefined;
  if (isSeenWhileFilled(program, declaration.name, statement)) return undefined;
  const file = statement.getSourceFile();
  const head = { start: statement.getStart(), end: (declaration.type ?? declaration.name).end };
  if (commentsIn(file, { start: head.start, end: receiver.getStart() }).length > 0) return undefined;
  return { kind: 'declared', statement, name: declaration.name.text, head: file.text.slice(head.start, head.end) };
}

/** Before the array was full it had no name. */
function isSeenWhileFilled(program: Program, name: ts.Identifier, statement: ts.VariableStatement): boolean {
  const symbol = program.symbolAt(name);
  const isBlockScoped = (statement.declarationList.flags & ts.NodeFlags.BlockScoped) !== 0;
  const others = identifiersIn(statement.getSourceFile(), name.text).filter(
    (identifier) => identifier !== name && program.symbolAt(identifier) === symbol,
  );
  const early = others.some((identifier) => {
    if (identifier.pos < statement.end || !isWithin(identifier, statement.parent)) return true;
    const within = enclosing(identifier);
    if (within === enclosing(statement)) return false;
    // A declared function may be called before; with `var`, one of the last round of a loop sees this round's array.
    return !isBlockScoped || within === undefined || ts.isFunctionDeclaration(within);
  });
  if (early) return true;
  // TypeScript tells the type of an empty array from what is pushed, but not in functions within.
  const needsType = /\.[cm]?tsx?$/.test(statement.getSourceFile().fileName) && !hasType(name);
  return needsType && others.some((identifier) => enclosing(identifier) !== enclosing(statement));
}

function hasType(name: ts.Identifier): boolean {
  return ts.isVariableDeclaration(name.parent) && name.parent.type !== undefined;
}

export function enclosing(node: ts.Node): ts.Node | undefined {
  for (const { parent } of ancestors(node)) if (ts.isFunctionLike(parent)) return parent;
  return undefined;
}

/** Before the statement, when all that the statement evaluates before the call has no effect and sees none. */
function hoisted(program: Program, arrayCall: ArrayCall): LoopPlace | string {
  const { call, method, fn, accumulator } = arrayCall;
  for (const { parent, child } of ancestors(call)) {
    if (isFunctionNode(parent)) {
      if (!ts.isArrowFunction(parent) || parent.body !== child || ts.isBlock(child)) break;
      if (isCallbackOfArray(parent)) return withoutBraces;
      const taken = accumulator === undefined ? undefined : takenName(parent, fn, accumulator);
      if (taken !== undefined) return taken;
      return { kind: 'body', body: parent.body as ts.Expression, ...newName(program, arrayCall) };
    }
    const before = evaluatedBefore(parent, child);
    if (before === undefined) return `\`${method}\` stands where it is not always called`;
    if (!before.every((node) => isSimple(node) && !changes(fn, node)))
      return `something is evaluated before \`${method}\` in its statement`;
    if (!ts.isStatement(parent)) continue;
    if (!ts.isBlock(parent.parent) && !ts.isSourceFile(parent.parent) && !ts.isCaseOrDefaultClause(parent.parent)) {
      return 'no statement can stand before it';
    }
    if (commentsIn(parent.getSourceFile(), { start: parent.getStart(), end: call.getStart() }).length > 0) {
      return 'a comment stands before it in its statement';
    }
    // Both would write the statement anew.
    const around = ts.isReturnStatement(parent) ? enclosing(parent) : undefined;
    if (around !== undefined && isCallbackOfArray(around)) return 'the callback around it returns what it gives, and becomes a loop itself';
    if (ts.isVariableStatement(parent) && declaresWhatItNeeds(parent, call)) return `its statement declares what \`${method}\` needs`;
    const taken = accumulator === undefined ? undefined : takenName(enclosing(parent) ?? parent.getSourceFile(), fn, accumulator);
    return taken ?? { kind: 'before', statement: parent, ...newName(program, arrayCall) };
  }
  return `the result of \`${method}\` is used where no statement can stand before it`;
}

/** Is the name that of something else where the loop is to stand? */
export function takesName(call: ts.CallExpression, fn: ts.Node, name: string): boolean {
  return takenName(enclosing(call) ?? call.getSourceFile(), fn, name) !== undefined;
}

/** The accumulator of `reduce` becomes a variable of the function around it. */
function takenName(scope: ts.Node, fn: ts.Node, name: string): string | undefined {
  const isElsewhere = identifiersIn(scope, name).some((identifier) => !isWithin(identifier, fn));
  return isElsewhere ? `\`${name}\` is also a name of the function around the callback` : undefined;
}

function newName(
  program: Program,
  { call, method, accumulator }: ArrayCall,
): { readonly name: string; readonly keyword: 'const' | 'let' | 'var' } {
  const file = call.getSourceFile();
  const modern = program.isEsModule(file) || usesConst(file);
  const grows = method === 'map' || method === 'filter' || method === 'flatMap';
  const keyword = !modern ? 'var' : grows ? 'const' : 'let';
  return { name: accumulator ?? freshName(call, resultNames[method] ?? 'result'), keyword };
}

const given = new WeakMap<ts.Node, Map<string, number>>();

/** A name that nothing in the function uses, and no other call in it was given; the same one whenever it is asked for. */
export function freshName(call: ts.CallExpression, wanted: string): string {
  const scope = enclosing(call) ?? call.getSourceFile();
  let names = given.get(scope);
  if (names === undefined) given.set(scope, (names = new Map<string, number>()));
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? wanted : `${wanted}${number}`;
    const owner = names.get(name);
    if (owner === call.pos || (owner === undefined && identifiersIn(scope, name).length === 0)) {
      names.set(name, call.pos);
      return name;
    }
  }
}

/** What `parent` evaluates before `child`; `undefined` when it may not evaluate `child` at all, or more than once. */
function evaluatedBefore(parent: ts.Node, child: ts.Node): readonly ts.Node[] | undefined {
  if (ts.isConditionalExpression(parent)) return parent.condition === child ? [] : undefined;
  if (ts.isBinaryExpression(parent)) {
    const { kind } = parent.operatorToken;
    const shortCircuits =
      kind === ts.SyntaxKind.AmpersandAmpersandToken ||
      kind === ts.SyntaxKind.BarBarToken ||
      kind === ts.SyntaxKind.QuestionQuestionToken ||
      kind === ts.SyntaxKind.AmpersandAmpersandEqualsToken ||
      kind === ts.SyntaxKind.BarBarEqualsToken ||
      kind === ts.SyntaxKind.QuestionQuestionEqualsToken;
    if (parent.right === child) return shortCircuits ? undefined : [parent.left];
    return [];
  }
  if (ts.isIfStatement(parent)) return parent.expression === child ? [] : undefined;
  if (ts.isIterationStatement(parent, false)) {
    return (ts.isForOfStatement(parent) || ts.isForInStatement(parent)) && parent.expression === child ? [] : undefined;
  }
  if (ts.isSwitchStatement(parent)) return parent.expression === child ? [] : undefined;
  if (ts.isBindingElement(parent) || ts.isParameter(parent) || ts.isClassLike(parent) || ts.isCaseClause(parent)) return undefined;
  if (ts.isYieldExpression(parent) || ts.isOptionalChain(parent)) return undefined;
  const before: ts.Node[] = [];
  let reached = false;
  ts.forEachChild(parent, (one) => {
    if (one === child) reached = true;
    if (!reached && !ts.isToken(one)) before.push(one);
    else if (!reached && ts.isIdentifier(one)) before.push(one);
  });
  // Of a declaration list the names come first, and are bound later.
  return ts.isVariableDeclaration(parent) ? [] : before;
}

function isSimple(node: ts.Node): boolean {
  if (ts.isCallExpression(node) || ts.isNewExpression(node) || ts.isAwaitExpression(node) || ts.isYieldExpression(node)) return false;
  if (ts.isTaggedTemplateExpression(node) || ts.isDeleteExpression(node) || ts.isSpreadElement(node)) return false;
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken) return false;
  }
  if (ts.isBinaryExpression(node) && node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment) {
    if (node.operatorToken.kind <= ts.SyntaxKind.LastAssignment) return false;
  }
  if (ts.isFunctionLike(node)) return true;
  return ts.forEachChild(node, (child) => !isSimple(child)) !== true;
}

/** Does the callback assign what `node` reads? */
function changes(fn: ts.Node, node: ts.Node): boolean {
  const visit = (one: ts.Node): boolean => {
    if (ts.isIdentifier(one) && isWrittenIn(fn, one.text)) return true;
    return ts.forEachChild(one, visit) === true;
  };
  return visit(node);
}

export function isWrittenIn(region: ts.Node, name: string): boolean {
  return identifiersIn(region, name).some(({ parent }) => {
    if (ts.isBinaryExpression(parent)) {
      const { kind } = parent.operatorToken;
      return (
        kind >= ts.SyntaxKind.FirstAssignment &&
        kind <= ts.SyntaxKind.LastAssignment &&
        ts.isIdentifier(parent.left) &&
        parent.left.text === name
      );
    }
    return ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent);
  });
}

/** `var folder = root, names = list.map(… folder …)` */
function declaresWhatItNeeds(statement: ts.VariableStatement, call: ts.CallExpression): boolean {
  return statement.declarationList.declarations.some((declaration) =>
    boundNames(declaration.name).some((name) => identifiersIn(call, name.text).length > 0),
  );
}
