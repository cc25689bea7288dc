/** Functions of the program that return a text or a part of one, `where(filter)`, and all calls of them. */

import { ts } from 'ts-morph';
import { PublicApi } from '../../engine/async/public-api.ts';
import type { Program } from '../../engine/program/program.ts';
import { joinedTexts } from './frames.ts';
import { functionOf, returnedBy, type FunctionWithBody } from './functions.ts';
import { isTextual } from './literals.ts';
import { unwrap } from './unwrap.ts';

export interface Helper {
  readonly owner: FunctionWithBody;
  readonly returned: readonly ts.Expression[];
}

/** The function that the call calls, if it returns a text by its own form, or a variable, which may hold one. */
export function helperOf(program: Program, call: ts.Expression): Helper | undefined {
  const inner = unwrap(call);
  if (!ts.isCallExpression(inner) || inner.arguments.some((argument) => ts.isSpreadElement(argument))) return undefined;
  const owner = calledFunction(program, inner);
  if (owner?.body === undefined || !program.owns(owner) || owner.asteriskToken !== undefined) return undefined;
  if (ts.getCombinedModifierFlags(owner) & ts.ModifierFlags.Async) return undefined;
  const returned = returnedBy(owner);
  return returned.length > 0 && returned.every((one) => mayBeText(program, one)) ? { owner, returned } : undefined;
}

export function calledFunction(program: Program, { expression }: ts.CallExpression): FunctionWithBody | undefined {
  if (!ts.isIdentifier(expression) && !ts.isPropertyAccessExpression(expression)) return undefined;
  const symbol = program.symbolOf(ts.isPropertyAccessExpression(expression) ? expression.name : expression);
  return symbol && functionOf(program, symbol);
}

function mayBeText(program: Program, expression: ts.Expression): boolean {
  const inner = unwrap(expression);
  if (ts.isConditionalExpression(inner)) return mayBeText(program, inner.whenTrue) && mayBeText(program, inner.whenFalse);
  if (isTextual(inner) || joinedTexts(inner) !== undefined) return true;
  if (ts.isBinaryExpression(inner)) return mayBeText(program, inner.left) || mayBeText(program, inner.right);
  if (ts.isCallExpression(inner)) return ts.isPropertyAccessExpression(inner.expression) && inner.expression.name.text === 'join';
  const declaration = ts.isIdentifier(inner) ? program.symbolOf(inner)?.valueDeclaration : undefined;
  const initial = declaration !== undefined && ts.isVariableDeclaration(declaration) ? declaration.initializer : undefined;
  return initial !== undefined && isTextual(initial);
}

const known = new WeakMap<ts.TypeChecker, Map<FunctionWithBody, readonly ts.CallExpression[] | string>>();

/** All calls of the function. @returns why they are not known, in words that follow its name */
export function callsOf(program: Program, owner: FunctionWithBody): readonly ts.CallExpression[] | string {
  const all = known.get(program.checker) ?? new Map<FunctionWithBody, readonly ts.CallExpression[] | string>();
  known.set(program.checker, all);
  const before = all.get(owner);
  if (before !== undefined) return before;
  const found = new Calls(program, owner).find();
  all.set(owner, found);
  return found;
}

class Calls {
  readonly #program: Program;
  readonly #owner: FunctionWithBody;
  readonly #calls: ts.CallExpression[] = [];
  readonly #names: string[] = [];

  constructor(program: Program, owner: FunctionWithBody) {
    this.#program = program;
    this.#owner = owner;
  }

  find(): readonly ts.CallExpression[] | string {
    const { parent } = this.#owner;
    if (this.#owner.parameters.some(({ dotDotDotToken }) => dotDotDotToken !== undefined) || mentionsArguments(this.#owner))
      return 'takes any number of arguments';
    const own = this.#owner.name ?? (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name : assigned(parent));
    if (own === undefined || !ts.isIdentifier(own)) return 'has no name by which its calls could be found';
    this.#names.push(own.text);
    // Names that are found on the way are looked for too.
    for (const name of this.#names) {
      for (const use of this.#program.references.named(name)) {
        const why = this.#use(use);
        if (why !== undefined) return why;
      }
    }
    return this.#calls;
  }

  #use(use: ts.Identifier): string | undefined {
    const symbol = this.#program.symbolOf(use);
    const { parent } = use;
    const shorthand = ts.isShorthandPropertyAssignment(parent);
    const named = shorthand ? this.#program.checker.getShorthandAssignmentValueSymbol(parent) : symbol;
    if (named === undefined || functionOf(this.#program, named) !== this.#owner) return undefined;
    if (symbol !== undefined && new PublicApi(this.#program).exposes(symbol) !== undefined) return 'can be called by other packages';
    const whole = ts.isPropertyAccessExpression(parent) && parent.name === use ? parent : use;
    const holder = whole.parent;
    if (ts.isCallExpression(holder) && holder.expression === whole) {
      this.#calls.push(holder);
      return undefined;
    }
    if (shorthand || isName(use) || ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent)) return undefined;
    const given = ts.isPropertyAssignment(holder)
      ? holder.initializer === whole
        ? holder.name
        : undefined
      : ts.isBinaryExpression(holder) && holder.right === whole
        ? assigned(whole)
        : undefined;
    if (ts.isBinaryExpression(holder) && holder.left === whole) return undefined;
    if (given !== undefined && ts.isIdentifier(given)) {
      if (!this.#names.includes(given.text)) this.#names.push(given.text);
      return undefined;
    }
    return 'is handed on, and may be called elsewhere';
  }
}

/** `exports.where` of `exports.where = …` */
function assigned(value: ts.Node): ts.Identifier | undefined {
  const holder = ts.isBinaryExpression(value) ? value : value.parent;
  if (!ts.isBinaryExpression(holder) || holder.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
  const { left } = holder;
  if (ts.isIdentifier(left)) return left;
  return ts.isPropertyAccessExpression(left) && ts.isIdentifier(left.name) ? left.name : undefined;
}

/** The name in a declaration. */
function isName(use: ts.Identifier): boolean {
  const { parent } = use;
  return (
    (ts.isFunctionDeclaration(parent) ||
      ts.isFunctionExpression(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isVariableDeclaration(parent) ||
      ts.isPropertyAssignment(parent) ||
      ts.isBindingElement(parent)) &&
    (parent.name === use || (ts.isBindingElement(parent) && parent.propertyName === use))
  );
}

function mentionsArguments(owner: FunctionWithBody): boolean {
  const visit = (node: ts.Node): boolean => {
    if (ts.isIdentifier(node) && node.text === 'arguments') return true;
    if (node !== owner && (ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node))) return false;
    return ts.forEachChild(node, (child) => visit(child) || undefined) === true;
  };
  return visit(owner);
}
