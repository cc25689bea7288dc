/**
 * What a script begins before it waits, and sets up only behind the wait: while its top level ran as a whole, nothing that it had given a
 * function to could call that before the end of the script.
 */

import { ts } from 'ts-morph';
import type { Reason } from '../finding.ts';
import { placeOf } from '../program/place.ts';
import type { Program } from '../program/program.ts';
import { identifiersIn } from '../source/names.ts';
import { isWithin } from './ancestors.ts';
import { awaitContextOf } from './await-context.ts';
import type { CallGraph } from './call-graph.ts';
import { calleeText, isFunctionNode, unwrapped, type FunctionNode } from './functions.ts';
import { roleOfArgument, type ArgumentRole } from './roles.ts';
import { accessOf } from './accesses.ts';

/** A function that somebody is given at the top level, to be called when it suits them. */
interface Given {
  readonly call: ts.CallExpression | ts.NewExpression;
  readonly fn: FunctionNode;
}

export class ScriptOrder {
  readonly #program: Program;
  readonly #graph: CallGraph;
  readonly #given = new Map<ts.SourceFile, readonly Given[]>();
  readonly #writes = new Map<ts.SourceFile, readonly ts.Identifier[]>();

  constructor(program: Program, graph: CallGraph) {
    this.#program = program;
    this.#graph = graph;
  }

  /** Does something that began before the place, at the top level of a file, use what is set behind it? */
  hazardAt(waiting: ts.Node): Reason | undefined {
    if (awaitContextOf(waiting).kind !== 'module') return undefined;
    const file = waiting.getSourceFile();
    const given = this.#givenIn(file).filter(({ call }) => call.end <= waiting.getStart());
    if (given.length === 0) return undefined;
    for (const name of this.#writesIn(file)) {
      const early = name.end > waiting.end || isSetTo(name, waiting) ? given.find(({ fn }) => this.#uses(fn, name, new Set())) : undefined;
      if (early === undefined) continue;
      return {
        code: 'shared-state',
        message: `What \`${calleeText(early.call)}\` (${placeOf(this.#program, early.call)}) is given uses \`${name.text}\`, which is set only at ${placeOf(this.#program, name)}, behind the wait.`,
        help: 'Wait before it begins, or see that it is called only when all is set.',
      };
    }
    return undefined;
  }

  #givenIn(file: ts.SourceFile): readonly Given[] {
    let given = this.#given.get(file);
    if (given === undefined) {
      const found: Given[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isFunctionLike(node)) return;
        if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
          for (const [index, argument] of (node.arguments ?? []).entries()) {
            const fn = this.#functionOf(argument);
            if (fn !== undefined && mayComeLater(roleOfArgument(this.#program, node, index))) found.push({ call: node, fn });
          }
        }
        ts.forEachChild(node, visit);
      };
      visit(file);
      this.#given.set(file, (given = found));
    }
    return given;
  }

  #functionOf(argument: ts.Expression): FunctionNode | undefined {
    const value = unwrapped(argument);
    if (isFunctionNode(value)) return value;
    const symbol = ts.isIdentifier(value) ? this.#program.symbolOf(value) : undefined;
    return symbol && this.#graph.functionOf(symbol);
  }

  /** The names that the top level sets. */
  #writesIn(file: ts.SourceFile): readonly ts.Identifier[] {
    let writes = this.#writes.get(file);
    if (writes === undefined) {
      const found: ts.Identifier[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isFunctionLike(node)) return;
        if (ts.isVariableDeclaration(node) && node.initializer !== undefined && ts.isIdentifier(node.name)) found.push(node.name);
        else if (ts.isIdentifier(node) && !ts.isPropertyAccessExpression(node.parent) && accessOf(node).writes) found.push(node);
        ts.forEachChild(node, visit);
      };
      visit(file);
      this.#writes.set(file, (writes = found));
    }
    return writes;
  }

  /** Does the function, or one of the file that it calls, use the variable? */
  #uses(fn: FunctionNode, name: ts.Identifier, visited: Set<FunctionNode>): boolean {
    if (visited.has(fn) || fn.getSourceFile() !== name.getSourceFile()) return false;
    visited.add(fn);
    const symbol = this.#program.checker.getSymbolAtLocation(name);
    if (identifiersIn(fn, name.text).some((one) => this.#program.checker.getSymbolAtLocation(one) === symbol)) return true;
    const visit = (node: ts.Node): boolean => {
      const callee = ts.isCallExpression(node) ? this.#graph.calleeOf(node) : undefined;
      return (callee !== undefined && this.#uses(callee, name, visited)) || ts.forEachChild(node, visit) === true;
    };
    return fn.body !== undefined && visit(fn.body);
  }
}

/** `config = await load()` is set when that has ended. */
function isSetTo(name: ts.Identifier, waiting: ts.Node): boolean {
  return isWithin(waiting, name.parent);
}

/** Not what is called before the call returns, nor when the process ends, nor while a command line is parsed. */
function mayComeLater(role: ArgumentRole): boolean {
  switch (role.kind) {
    case 'iteration':
    case 'collection':
    case 'sync-callback':
    case 'executor':
      return false;
    case 'root':
      return role.row.runsIn === undefined;
    case 'listener':
      return role.event !== 'exit' && role.event !== 'beforeExit';
    default:
      return true;
  }
}
