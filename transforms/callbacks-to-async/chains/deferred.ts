/** `var done = Q.defer(); …; return done.promise;` is `return new Promise((resolve, reject) => { … });`. */

import { ts } from 'ts-morph';
import { functionName, isAsync, isFunctionNode, type FunctionNode } from '../../../engine/async/functions.ts';
import type { Edit, Finding, Fix } from '../../../engine/finding.ts';
import type { Program } from '../../../engine/program/program.ts';
import { sourceHabits } from '../../../engine/source/habits.ts';
import { indentationAt } from '../../../engine/source/indentation.ts';
import { identifiersIn, isNameFree, isNameVisible } from '../../../engine/source/names.ts';
import { Obstacle } from '../obstacle.ts';
import type { ChainKnowledge } from './chain.ts';
import { reasonOfEarly, throwsAtOnce } from './early-throw.ts';
import { functionAround, PromiseUses } from './uses.ts';

/** @returns nothing where the call makes no deferred */
export function deferredFinding(known: ChainKnowledge, call: ts.CallExpression, transform: string): Finding | undefined {
  if (known.flavours.deferredOf(call) === undefined) return undefined;
  const { program } = known;
  const site = program.spanOf(call);
  const title = `\`${call.getText()}\` is settled from elsewhere`;
  try {
    return { ...new Deferral(known, call).fix(), kind: 'fix', id: `deferred:${site.path}:${site.start}`, transform, site };
  } catch (error) {
    if (!(error instanceof Obstacle)) throw error;
    return { kind: 'refusal', transform, site, title, reason: { code: error.code, message: error.message, help: error.help } };
  }
}

/** How long the empty lines are that follow the end of a line. */
function blankLines(text: string): number {
  return /^(?:[ \t]*\r?\n)*(?=[ \t]*\r?\n)/.exec(text)?.[0].length ?? 0;
}

function lineStart(text: string, offset: number): number {
  let at = offset;
  while (at > 0 && !/[\r\n]/.test(text.charAt(at - 1))) at -= 1;
  return at;
}

/** The end of what stands before the white space in front of `offset`. */
function endOfCode(text: string, offset: number): number {
  return text.slice(0, offset).trimEnd().length;
}

class Deferral {
  readonly #known: ChainKnowledge;
  readonly #program: Program;
  readonly #call: ts.CallExpression;

  constructor(known: ChainKnowledge, call: ts.CallExpression) {
    this.#known = known;
    this.#program = known.program;
    this.#call = call;
  }

  /** @throws Obstacle */
  fix(): Omit<Fix, 'kind' | 'id' | 'transform' | 'site'> {
    const { declaration, statement, block } = this.#declaration();
    const fn = functionAround(statement);
    if (fn === undefined || isAsync(fn)) this.#refuse('It is made where nothing is returned.');
    const symbol = this.#program.symbolOf(declaration.name);
    if (symbol === undefined) this.#refuse('What it is called cannot be followed.');
    const start = block.statements.indexOf(statement);
    const last = block.statements.findIndex((one, index) => index > start && this.#isPromiseReturn(one, symbol));
    const end = block.statements[last];
    if (end === undefined || !block.statements.slice(last + 1).every(ts.isFunctionDeclaration)) {
      this.#refuse('The function does not end with its promise.');
    }
    const uses = this.#program.references.to(symbol).filter((one) => one !== declaration.name);
    const moved = block.statements.slice(start + 1, last);
    this.#checkFunction(fn, moved, symbol);
    const throws = moved.some(throwsAtOnce) && !new PromiseUses(this.#known, false).isAwaited(fn);
    const names = this.#names(fn);
    const path = this.#program.pathOf(statement);
    const file = statement.getSourceFile();
    const { text } = file;
    const { eol, semicolon } = sourceHabits(file);
    const indentation = indentationAt(file, end.getStart());
    const edits = uses.flatMap((use) => this.#useEdits(use, end, names, path));
    const isRejected = edits.some(({ text }) => text.includes('reject'));
    return {
      title: `\`${functionName(fn)}\` returns a promise of its own instead of a deferred's`,
      ...(throws ? { safety: 'unsafe', reason: reasonOfEarly(fn) } : { safety: 'safe' }),
      notes: ['What is thrown before the promise is returned rejects it now.'],
      edits: [
        {
          kind: 'replace',
          path,
          start: statement.getStart(),
          end: statement.end + blankLines(text.slice(statement.end)),
          text: `return new Promise((resolve${isRejected ? ', reject' : ''}) => {`,
        },
        { kind: 'indent', path, start: statement.end, end: lineStart(text, end.getStart()) },
        ...edits,
        { kind: 'replace', path, start: endOfCode(text, end.getStart()), end: end.end, text: `${eol}${indentation}})${semicolon}` },
      ],
      imports: [],
      preambles: [],
      dependsOn: [],
    };
  }

  #refuse(message: string): never {
    throw new Obstacle(this.#call, 'callback-shape', message, 'Return `new Promise((resolve, reject) => { … })` by hand.');
  }

  #declaration(): { declaration: ts.VariableDeclaration & { name: ts.Identifier }; statement: ts.VariableStatement; block: ts.Block } {
    const declaration = this.#call.parent;
    if (!ts.isVariableDeclaration(declaration) || !ts.isIdentifier(declaration.name)) this.#refuse('It is not held by one variable.');
    const list = declaration.parent;
    const statement = list.parent;
    if (!ts.isVariableDeclarationList(list) || list.declarations.length !== 1 || !ts.isVariableStatement(statement)) {
      this.#refuse('It is declared together with others.');
    }
    const block = statement.parent;
    if (!ts.isBlock(block) || !isFunctionNode(block.parent)) this.#refuse('It is not made in the body of the function itself.');
    return { declaration: declaration as ts.VariableDeclaration & { name: ts.Identifier }, statement, block };
  }

  #isPromiseReturn(statement: ts.Statement, symbol: ts.Symbol): boolean {
    if (!ts.isReturnStatement(statement) || statement.expression === undefined) return false;
    const { expression } = statement;
    return (
      ts.isPropertyAccessExpression(expression) &&
      expression.name.text === 'promise' &&
      this.#program.symbolOf(expression.expression) === symbol
    );
  }

  /** What moves into the executor must not be needed outside of it, and must not return anything but the promise. */
  #checkFunction(fn: FunctionNode, moved: readonly ts.Statement[], symbol: ts.Symbol): void {
    if (new PromiseUses(this.#known, false).of(fn) === 'unknown') {
      throw new Obstacle(
        this.#call,
        'escapes',
        `\`${functionName(fn)}\` returns a promise of its library, and its methods may be called where that cannot be seen.`,
        'Use `then`, `catch` and `finally` only on what it returns, then run nodelift again.',
      );
    }
    const range = { start: moved[0]?.pos ?? 0, end: moved.at(-1)?.end ?? 0 };
    const visit = (node: ts.Node): void => {
      if (ts.isVariableDeclaration(node) || ts.isFunctionDeclaration(node)) {
        const own = node.name !== undefined && ts.isIdentifier(node.name) ? this.#program.symbolOf(node.name) : undefined;
        if (own !== undefined && this.#program.references.to(own).some((one) => one.pos < range.start || one.end > range.end)) {
          this.#refuse(`\`${own.name}\` is also used outside of what would move into the promise.`);
        }
      }
      if (isFunctionNode(node)) return;
      if (ts.isReturnStatement(node) && !this.#isPromiseReturn(node, symbol)) this.#refuse('The function also returns something else.');
      ts.forEachChild(node, visit);
    };
    moved.forEach(visit);
  }

  #names(fn: FunctionNode): { readonly resolve: string; readonly reject: string } {
    for (const name of ['resolve', 'reject', 'Promise']) {
      if (name === 'Promise') {
        const key = this.#program.originOf(this.#promiseName(fn) ?? this.#call)?.key;
        if (this.#promiseName(fn) !== undefined && key !== 'global.Promise' && key !== 'bluebird')
          this.#refuse('`Promise` is something else here.');
        continue;
      }
      if (!isNameFree(this.#program, name, fn, new Set()) || isNameVisible(this.#program, name, fn))
        this.#refuse(`The name \`${name}\` is taken.`);
    }
    return { resolve: 'resolve', reject: 'reject' };
  }

  /** A `Promise` of the file's own, by any mention of it. */
  #promiseName(fn: FunctionNode): ts.Identifier | undefined {
    return identifiersIn(fn.getSourceFile(), 'Promise')[0];
  }

  #useEdits(
    use: ts.Identifier,
    end: ts.Statement,
    names: { resolve: string; reject: string },
    path: string,
  ): (Edit & { kind: 'replace' })[] {
    const access = use.parent;
    if (!ts.isPropertyAccessExpression(access) || access.expression !== use) this.#refuse('It is handed on as a whole.');
    const replaced = (node: ts.Node, text: string): (Edit & { kind: 'replace' })[] => [
      { kind: 'replace', path, start: node.getStart(), end: node.end, text },
    ];
    const isCalled = ts.isCallExpression(access.parent) && access.parent.expression === access;
    switch (access.name.text) {
      case 'resolve':
      case 'fulfill':
      case 'reject': {
        if (!isCalled && this.#known.flavours.deferredOf(this.#call) !== 'q') this.#refuse('Its methods are handed on apart from it.');
        return replaced(access, access.name.text === 'reject' ? names.reject : names.resolve);
      }
      case 'promise': {
        if (access.parent === end) return [];
        const statement = access.parent;
        if (!ts.isReturnStatement(statement)) this.#refuse('Its promise is used inside.');
        return [{ kind: 'replace', path, start: statement.getStart() + 'return'.length, end: access.end, text: '' }];
      }
      case 'makeNodeResolver': {
        const called = access.parent;
        if (!ts.isCallExpression(called) || !ts.isCallExpression(called.parent)) this.#refuse('Its callback is stored.');
        const key = this.#program.originOf(called.parent.expression)?.key ?? '';
        // With several results the promise would get a list of them.
        if (!/^fs\.(?!read$|write$|exists$)\w+$/.test(key)) this.#refuse('How many results its callback gets cannot be told.');
        const { reject, resolve } = names;
        return replaced(called, `(err, result) => (err ? ${reject}(err) : ${resolve}(result))`);
      }
      default:
        return this.#refuse(`\`${access.name.text}\` of it has no equivalent.`);
    }
  }
}
