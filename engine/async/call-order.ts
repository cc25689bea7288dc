/**
 * Calls that are begun together, as in `Promise.all(names.map(async (name) => …))`, and what each does to something that they share. As long
 * as a call did its work at once, the calls came to it in turn; behind an `await` they come in the order in which their waits end. And calls
 * that nobody waits for, as in `init(); app.listen(config.port)`: what an async function did before it first waited was done when it returned.
 */

import { ts } from 'ts-morph';
import { blockingCalls } from '../../catalog/blocking-calls.ts';
import type { Reason } from '../finding.ts';
import { placeOf } from '../program/place.ts';
import type { Program } from '../program/program.ts';
import { ancestors, isWithin } from './ancestors.ts';
import { awaitContextOf } from './await-context.ts';
import type { CallGraph } from './call-graph.ts';
import { isAsync, outermost, shortText, unwrapped, type FunctionNode } from './functions.ts';
import { roleOf, roleOfArgument } from './roles.ts';
import { identifiersIn } from '../source/names.ts';
import { accessOf, canPrecede, isAfter, isVariableUse } from './shared-state.ts';

/** Something is done to what a variable holds, for its effect. */
interface Effect {
  /** The variable, or `this.x`. */
  readonly name: ts.Identifier | ts.PropertyAccessExpression;
  readonly node: ts.Node;
}

type Owner = FunctionNode | ts.SourceFile;

export class CallOrder {
  readonly #program: Program;
  readonly #graph: CallGraph;
  readonly #effects = new Map<FunctionNode, readonly Effect[]>();

  constructor(program: Program, graph: CallGraph) {
    this.#program = program;
    this.#graph = graph;
  }

  /** Would calls of the function around the place come in another order to what they share, if it waited there? */
  hazardAt(waiting: ts.Node): Reason | undefined {
    const context = awaitContextOf(waiting);
    if (context.kind !== 'function') return undefined;
    const { fn } = context;
    for (const { name, node } of this.#effectsOf(fn)) {
      if (!isAfter(node, waiting) || this.#hasWaited(fn, node)) continue;
      if (!this.#ownersOf(name, fn).some((owner) => this.#areBegunTogether(fn, owner, new Set()))) continue;
      return {
        code: 'shared-state',
        message: `Calls of this function are begun together, and come to \`${shortText(node)}\` (${placeOf(this.#program, node)}) in turn; after a wait they would come in the order in which their waits end.`,
        help: 'See that the order does not matter there, or collect what the calls return, which keeps its order.',
      };
    }
    return this.#lateAt(waiting, fn);
  }

  /** Is there a call that does not wait for the function, and that relies on what the function does behind the place? */
  #lateAt(waiting: ts.Node, fn: FunctionNode): Reason | undefined {
    if (!isAsync(fn) || this.#hasWaited(fn, waiting)) return undefined;
    const effects = this.#effectsOf(fn).filter(({ node }) => isAfter(node, waiting));
    const changesFiles = this.#changesFiles(waiting);
    if (effects.length === 0 && !changesFiles) return undefined;
    const calls = this.#graph.usesOf(fn).flatMap((use) => (use.kind === 'call' && isLeft(use.call) ? [use.call] : []));
    const followed = changesFiles ? calls.find(isFollowed) : undefined;
    if (followed !== undefined) return this.#doneBefore(followed, waiting);
    for (const { name, node } of effects) {
      const call = calls.find((one) => this.#isReliedOn(name, fn, one));
      if (call !== undefined) return this.#doneBefore(call, node);
    }
    return undefined;
  }

  #doneBefore(call: ts.Node, effect: ts.Node): Reason {
    return {
      code: 'shared-state',
      message: `The call at ${placeOf(this.#program, call)} does not wait for this function, and what it does at ${placeOf(this.#program, effect)} was done when the call returned.`,
      help: 'Await that call, or see that nothing relies on it, then apply the fix with --unsafe.',
    };
  }

  #changesFiles(node: ts.Node): boolean {
    if (!ts.isCallExpression(node)) return false;
    return blockingCalls.get(this.#program.originOf(node.expression)?.key ?? '')?.effect === 'changes';
  }

  #isReliedOn(name: ts.Node, fn: FunctionNode, call: ts.CallExpression): boolean {
    if (!ts.isIdentifier(name)) return isFollowed(call);
    const symbol = this.#program.symbolOf(name);
    const declaration = symbol?.valueDeclaration;
    if (symbol === undefined || declaration === undefined || !this.#program.owns(declaration)) return false;
    if (!isWithin(declaration, fn)) return isFollowed(call);
    const index = ts.isParameter(declaration) && declaration.parent === fn ? fn.parameters.indexOf(declaration) : -1;
    const given = call.arguments[index];
    const value = given && unwrapped(given);
    if (value === undefined || !ts.isIdentifier(value)) return false;
    const own = this.#program.symbolOf(value);
    const context = awaitContextOf(call);
    const around = context.kind === 'function' ? context.fn : call.getSourceFile();
    return identifiersIn(around, value.text).some((one) => one.pos >= call.end && this.#program.symbolOf(one) === own);
  }

  #effectsOf(fn: FunctionNode): readonly Effect[] {
    let effects = this.#effects.get(fn);
    if (effects === undefined) {
      const found: Effect[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isFunctionLike(node)) return;
        if (ts.isPropertyAccessExpression(node) && node.expression.kind === ts.SyntaxKind.ThisKeyword) {
          const access = accessOf(node);
          if (access.writes) found.push({ name: node, node: access.node });
        }
        if (ts.isIdentifier(node) && isVariableUse(node)) {
          const access = accessOf(node);
          const isCalled = ts.isCallExpression(access.node) && ts.isExpressionStatement(access.node.parent);
          if (access.writes || isCalled) found.push({ name: node, node: access.node });
          else if (this.#isHandedToEffect(node)) found.push({ name: node, node: node.parent });
        }
        ts.forEachChild(node, visit);
      };
      // A function that calls itself does what the rest of it does.
      this.#effects.set(fn, []);
      if (fn.body !== undefined) visit(fn.body);
      this.#effects.set(fn, (effects = found));
    }
    return effects;
  }

  /** Does a function of the program that is given the variable do something to what it holds, before it waits? */
  #isHandedToEffect(argument: ts.Identifier): boolean {
    const { parent } = argument;
    if (!ts.isCallExpression(parent)) return false;
    const index = parent.arguments.indexOf(argument);
    const fn = index === -1 ? undefined : this.#graph.calleeOf(parent);
    const parameter = fn?.parameters[index];
    if (fn === undefined || parameter === undefined || !ts.isIdentifier(parameter.name)) return false;
    const symbol = this.#program.symbolOf(parameter.name);
    return this.#effectsOf(fn).some(
      ({ name, node }) =>
        ts.isIdentifier(name) && name.text === symbol?.name && this.#program.symbolOf(name) === symbol && !this.#hasWaited(fn, node),
    );
  }

  /** Where the order was left to chance before, it is no worse now. */
  #hasWaited(fn: FunctionNode, effect: ts.Node): boolean {
    const visit = (node: ts.Node): boolean => {
      if (node.pos >= effect.getStart() || ts.isFunctionLike(node)) return false;
      const isOver = ts.isAwaitExpression(node) && node.end <= effect.getStart() && canPrecede(node, effect);
      const waitsEachRound = ts.isForOfStatement(node) && node.awaitModifier !== undefined;
      return isOver || waitsEachRound || ts.forEachChild(node, visit) === true;
    };
    return isAsync(fn) && fn.body !== undefined && visit(fn.body);
  }

  /** The functions around `fn`, and those that call it, which have what the name stands for. */
  #ownersOf(name: ts.Node, fn: FunctionNode, depth = 0): Owner[] {
    if (!ts.isIdentifier(name)) return [];
    const declaration = this.#program.symbolOf(name)?.valueDeclaration;
    if (declaration === undefined || !this.#program.owns(declaration)) return [];
    if (ts.isParameter(declaration) && declaration.parent === fn) {
      const index = fn.parameters.indexOf(declaration);
      if (index === -1 || depth > 4 || !ts.isIdentifier(declaration.name)) return [];
      return this.#graph.usesOf(fn).flatMap((use) => {
        const given = use.kind === 'call' ? use.call.arguments[index] : undefined;
        const value = given && unwrapped(given);
        if (value === undefined || !ts.isIdentifier(value)) return [];
        const caller = awaitContextOf(value);
        if (caller.kind === 'barrier') return [];
        return caller.kind === 'module' ? [caller.file] : this.#ownersOf(value, caller.fn, depth + 1);
      });
    }
    if (!ts.isVariableDeclaration(declaration) && !ts.isParameter(declaration)) return [];
    if (isWithin(declaration, fn) && depth === 0) return [];
    const owner = awaitContextOf(ts.isParameter(declaration) ? declaration.parent : declaration);
    if (ts.isParameter(declaration)) return isFunction(declaration.parent) ? [declaration.parent] : [];
    return owner.kind === 'function' ? [owner.fn] : owner.kind === 'module' ? [owner.file] : [];
  }

  /** Does one piece of code in `owner` begin several calls of `fn` before it waits for them? */
  #areBegunTogether(fn: FunctionNode, owner: Owner, visiting: Set<FunctionNode>): boolean {
    if (fn === owner || visiting.has(fn) || !mayHold(owner, fn)) return false;
    visiting.add(fn);
    const role = roleOf(this.#program, fn);
    if (role.kind === 'iteration' || role.kind === 'collection') {
      return isWithin(role.call, owner) && (isAsync(fn) || this.#isPlaceTogether(role.call, owner, visiting));
    }
    if (role.kind !== 'named') return false;
    return this.#graph.usesOf(fn).some((use) => {
      if (use.kind === 'argument') {
        const given = roleOfArgument(this.#program, use.call, use.index);
        return (given.kind === 'iteration' || given.kind === 'collection') && isAsync(fn) && isWithin(use.call, owner);
      }
      if (use.kind !== 'call') return false;
      const isLeft = isAsync(fn) && !ts.isAwaitExpression(outermost(use.call).parent) && isWithin(use.call, owner);
      return (isLeft && isRepeated(use.call, owner)) || this.#isPlaceTogether(use.call, owner, visiting);
    });
  }

  #isPlaceTogether(place: ts.Node, owner: Owner, visiting: Set<FunctionNode>): boolean {
    const context = awaitContextOf(place);
    return context.kind === 'function' && this.#areBegunTogether(context.fn, owner, visiting);
  }
}

/** Nobody waits for it there: its promise is dropped, kept, or given to others. */
function isLeft(call: ts.CallExpression): boolean {
  const { parent } = outermost(call);
  return !ts.isAwaitExpression(parent) && !ts.isReturnStatement(parent) && !ts.isArrowFunction(parent);
}

/** Does the function, or the module, go on behind the statement? */
function isFollowed(call: ts.CallExpression): boolean {
  for (const { parent, child } of ancestors(call)) {
    if (ts.isFunctionLike(parent)) return false;
    if (ts.isIterationStatement(parent, false)) return true;
    if (!ts.isBlock(parent) && !ts.isSourceFile(parent) && !ts.isCaseOrDefaultClause(parent)) continue;
    const index = parent.statements.findIndex((statement) => statement === child);
    if (parent.statements.slice(index + 1).some((statement) => !ts.isDeclarationStatement(statement))) return true;
  }
  return false;
}

function isFunction(node: ts.Node): node is FunctionNode {
  return ts.isFunctionLike(node) && 'body' in node;
}

/** A function of the same file, or one that others call from theirs. */
function mayHold(owner: Owner, fn: FunctionNode): boolean {
  return owner.getSourceFile() !== fn.getSourceFile() || !isWithin(owner, fn);
}

/** In a loop of the owner, or in what it gives to a method such as `map`. */
function isRepeated(node: ts.Node, owner: Owner): boolean {
  for (const { parent } of ancestors(node)) {
    if (parent === owner) return false;
    if (ts.isIterationStatement(parent, false)) return true;
    if (
      ts.isCallExpression(parent) &&
      ts.isPropertyAccessExpression(parent.expression) &&
      /^(?:forEach|map|flatMap|each)$/.test(parent.expression.name.text)
    )
      return true;
  }
  return false;
}
