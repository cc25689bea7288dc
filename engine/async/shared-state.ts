/**
 * State that another task could change while this one waits: what is read before an `await` and written after it, or set before it for
 * this call and read after it, where it outlives the function.
 */

import { ts } from 'ts-morph';
import type { Reason } from '../finding.ts';
import { placeOf } from '../program/place.ts';
import type { Program } from '../program/program.ts';
import { accessOf, canPrecede, isAfter, isBefore, nameOf, ownerOf, targetOf, type Access } from './accesses.ts';
import { isWithin } from './ancestors.ts';
import { awaitContextOf } from './await-context.ts';
import type { CallGraph } from './call-graph.ts';
import type { FunctionNode } from './functions.ts';
import { RenewedState } from './renewed-state.ts';
import { roleOf } from './roles.ts';
import { Tasks } from './tasks.ts';

export class SharedState {
  readonly #program: Program;
  readonly #tasks: Tasks;
  readonly #renewed: RenewedState;
  readonly #accesses = new Map<ts.Node, ReadonlyMap<string, readonly Access[]>>();
  readonly #owners = new Map<ts.Node, FunctionNode | 'outside' | undefined>();

  constructor(program: Program, graph: CallGraph) {
    this.#program = program;
    this.#tasks = new Tasks(program, graph);
    this.#renewed = new RenewedState(program, this.#tasks);
  }

  /** Is there a read before, and a write after, the place where the function would wait? */
  hazardAt(waiting: ts.Node): Reason | undefined {
    const context = awaitContextOf(waiting);
    if (context.kind !== 'function') return undefined;
    for (const [name, accesses] of this.#of(context.fn)) {
      const isMeant = (access: Access): boolean => this.#ownerOf(access, context.fn) !== undefined;
      // What a name stands for is asked last: it costs most.
      if (!accesses.some((access) => access.writes && isAfter(access.node, waiting))) continue;
      if (!accesses.some((access) => access.reads && isBefore(access.node, waiting))) continue;
      const reads = accesses.filter(
        (access) => access.reads && isBefore(access.node, waiting) && canPrecede(access.node, waiting) && isMeant(access),
      );
      const write = accesses.find(
        (access) => access.writes && isAfter(access.node, waiting) && isMeant(access) && reads.some((read) => this.#isSame(read, access)),
      );
      const read = write && reads.find((one) => this.#isSame(one, write));
      if (write === undefined || read === undefined) continue;
      const owner = this.#ownerOf(write, context.fn);
      if (owner !== undefined && owner !== 'outside' && !this.#tasks.mayRunAtOnce(context.fn, owner)) continue;
      return {
        code: 'shared-state',
        message: `\`${name}\` is read at ${placeOf(this.#program, read.node)} and written at ${placeOf(this.#program, write.node)}, and another task could change it in between.`,
        help: 'Keep the promise instead of its value (`cache ??= load()`), or take a lock, or check again after the await.',
      };
    }
    return this.#overwritten(context.fn, waiting) ?? this.#renewed.hazardAt(context.fn, waiting);
  }

  /** Of what a module of others exports, one member tells nothing of another: `shell.config.fatal` is read, and that is set. */
  #isSame(read: Access, write: Access): boolean {
    return !this.#isImported(write.name) || (!ts.isCallExpression(write.node) && read.node.getText() === targetOf(write.node).getText());
  }

  #isTest(fn: FunctionNode): boolean {
    const role = roleOf(this.#program, fn);
    return role.kind === 'root' && role.row.isTest === true;
  }

  #isImported(name: ts.Node): boolean {
    const symbol = ts.isIdentifier(name) ? this.#program.symbolAt(name) : undefined;
    return symbol !== undefined && (symbol.flags & ts.SymbolFlags.Alias) !== 0;
  }

  /** Is a variable of the module, or of a function around this one, set for this call before the wait, and read after it? */
  #overwritten(fn: FunctionNode, waiting: ts.Node): Reason | undefined {
    for (const [name, accesses] of this.#of(fn)) {
      const read = accesses.find((access) => access.reads && access.node.getStart() >= waiting.end);
      if (read === undefined || !ts.isIdentifier(read.name)) continue;
      const writes = accesses.filter((access) => access.writes && access.node.end <= read.node.getStart());
      if (writes.some((access) => isAfter(access.node, waiting))) continue;
      const write = writes.find(
        (access) => isBefore(access.node, waiting) && canPrecede(access.node, waiting) && this.#isOfTheCall(access.node, fn),
      );
      if (write === undefined) continue;
      const owner = this.#ownerOf(write, fn);
      if (owner === undefined || !this.#tasks.mayRunAtOnce(fn, owner === 'outside' ? fn.getSourceFile() : owner)) continue;
      return {
        code: 'shared-state',
        message: `\`${name}\` is set at ${placeOf(this.#program, write.node)} and read at ${placeOf(this.#program, read.node)}, and another call could set it in between.`,
        help: 'Keep the value in a variable of the function, or pass it on.',
      };
    }
    return undefined;
  }

  /** `file = name + '.txt'`: what is assigned is made of a parameter or a variable of the function. */
  #isOfTheCall(write: ts.Node, fn: FunctionNode): boolean {
    if (!ts.isBinaryExpression(write) || write.operatorToken.kind !== ts.SyntaxKind.EqualsToken || !ts.isIdentifier(write.left))
      return false;
    const visit = (node: ts.Node): boolean => {
      const declaration = ts.isIdentifier(node) ? this.#program.symbolOf(node)?.valueDeclaration : undefined;
      return (declaration !== undefined && isWithin(declaration, fn)) || ts.forEachChild(node, visit) === true;
    };
    return visit(write.right);
  }

  #of(fn: FunctionNode): ReadonlyMap<string, readonly Access[]> {
    let accesses = this.#accesses.get(fn);
    if (accesses === undefined) {
      accesses = this.#collect(fn);
      this.#accesses.set(fn, accesses);
    }
    return accesses;
  }

  #collect(fn: FunctionNode): ReadonlyMap<string, readonly Access[]> {
    const byName = new Map<string, Access[]>();
    const visit = (node: ts.Node): void => {
      const name = settingOf(node) ?? nameOf(node);
      if (name !== undefined) {
        const access = ts.isCallExpression(node) ? { node, name: node, writes: true, reads: true } : { ...accessOf(node), name: node };
        const list = byName.get(name);
        if (list === undefined) byName.set(name, [access]);
        else list.push(access);
      }
      if (node !== fn && ts.isFunctionLike(node)) return;
      ts.forEachChild(node, visit);
    };
    if (fn.body !== undefined) visit(fn.body);
    for (const [name, accesses] of byName) if (!accesses.some(({ writes }) => writes)) byName.delete(name);
    return byName;
  }

  /**
   * The function around `fn` that has the variable, or `outside` when a module or an object has it; `undefined` when `fn` itself does, or
   * what is named is no variable.
   */
  #ownerOf({ name }: Access, fn: FunctionNode): FunctionNode | 'outside' | undefined {
    if (this.#owners.has(name)) return this.#owners.get(name);
    const owner = this.#findOwner(name, fn);
    this.#owners.set(name, owner);
    return owner;
  }

  #findOwner(name: ts.Node, fn: FunctionNode): FunctionNode | 'outside' | undefined {
    // Tests are run one after the other, and put back what they set.
    if (ts.isCallExpression(name) || this.#isImported(name)) return this.#isTest(fn) ? undefined : 'outside';
    return ts.isIdentifier(name) ? ownerOf(this.#program, name, fn) : 'outside';
  }
}

/** `process.chdir(folder)`: the whole process has one working directory, and one mask for new files. */
function settingOf(node: ts.Node): string | undefined {
  const callee = ts.isCallExpression(node) ? node.expression.getText() : '';
  return /^process\.(?:chdir|umask)$/.test(callee) ? callee : undefined;
}
