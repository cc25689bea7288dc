/** Steps as text: straight lines, one `try` where one will do, comments and blank lines where they were. */

import { ts } from 'ts-morph';
import type { CallbackApi } from '../../catalog/callback-apis.ts';
import { isWithin } from '../../engine/async/ancestors.ts';
import type { FunctionNode } from '../../engine/async/functions.ts';
import type { ImportNeed, PreambleNeed } from '../../engine/finding.ts';
import type { Program } from '../../engine/program/program.ts';
import { habitsOf, type SourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { commentsIn, leadingComments, placed, startWithCast, trailingEnd } from '../../engine/source/layout.ts';
import { boundNames, firstFree, identifiersIn, isNameFree, isNameVisible } from '../../engine/source/names.ts';
import { slice, type TextEdit } from '../../engine/source/slice.ts';
import type { Range } from '../../engine/text.ts';
import { callText, type RewriteTask } from './callee.ts';
import { convertEnding } from './chains/convert.ts';
import { areNamesApart } from './chains/places.ts';
import { isIdle } from './chains/sink.ts';
import { codeOf } from './clauses.ts';
import { isBareReturn } from './code.ts';
import { completionsIn, editsOf, emptyResult, guardText, isShorthand, shapeEdits } from './completion.ts';
import type { Flow } from './flow.ts';
import { awaitsIn, isLeftToHandler, Merger, usesError, type Handler } from './merge.ts';
import type { Naming } from './naming.ts';
import { counts, headOf, negated, type LoopHead } from './loop-head.ts';
import { calleeName, Obstacle } from './obstacle.ts';
import { mayFail } from './sequence.ts';
import type { ResultShape } from './shape.ts';
import type { CallbackSite } from './sites.ts';
import { leaves } from './specialize.ts';
import {
  nodeOf,
  waysOf,
  type AwaitStep,
  type BranchStep,
  type CompleteStep,
  type DetachedStep,
  type GiveStep,
  type GroupStep,
  type HandOnStep,
  type Outlet,
  type ResultList,
  type Step,
  type SwitchClause,
  type SwitchStep,
  type TaskBody,
  type TaskLoop,
} from './steps.ts';
import { isWritten } from './written.ts';

/** A statement's text at its depth, without the indentation of its first line. */
interface Piece {
  readonly text: string;
  readonly blankBefore: boolean;
}

export interface Rendered {
  readonly text: string;
  readonly imports: readonly ImportNeed[];
  readonly preambles: readonly PreambleNeed[];
  readonly notes: readonly string[];
  /** What may throw before the first wait stands in a `try` that gives the error to Express's `next`. */
  readonly forwards: boolean;
  /** One `try` serves all that waits, and what comes after it: nothing behind the first wait is thrown out of the function. */
  readonly covers: boolean;
}

export class Renderer {
  readonly #program: Program;
  readonly #naming: Naming;
  readonly #merger: Merger;
  readonly #file: ts.SourceFile;
  readonly #habits: SourceHabits;
  readonly #imports: ImportNeed[] = [];
  readonly #preambles: PreambleNeed[] = [];
  readonly #notes = new Set<string>();
  /** Comments that would be lost, by the await in whose place they stood. */
  readonly #orphans = new Map<AwaitStep, ts.CommentRange[]>();
  /** Comments behind the brace of `if (err) {`, by the handler that has its code. */
  readonly #inHandlers = new Map<Handler, ts.CommentRange[]>();
  readonly #rendered = new Set<Handler>();
  /** Comments behind the brace of another block, by the statement that they stood before. */
  readonly #opening = new Map<ts.Node, ts.CommentRange[]>();
  /** Comments about a callback that was declared apart: they stand before its code. */
  readonly #behind = new Map<AwaitStep, ts.CommentRange[]>();
  readonly #kept: ReadonlySet<FunctionNode>;
  readonly #flow: Flow;
  readonly #rewrite: RewriteTask;
  /** Handlers whose awaits stand in a `try` that serves several. */
  readonly #mergedHandlers = new Set<Handler>();
  #inHandler = false;
  /** What ends a round of the loop, or the function. */
  #exit: 'return' | 'continue' = 'return';
  /** Parameters of rounds that a `for` counts. */
  readonly #counters = new Set<ts.ParameterDeclaration>();
  /** Variables that are declared in front of the code that fills them. */
  readonly #declared = new Set<string>();
  readonly #listNames = new Map<ResultList, string>();
  /** The steps that end the function. */
  #outermost: readonly Step[] = [];
  /** Values that are written as shorthand properties, by where they stand. */
  readonly #shorthands = new Map<number, string>();
  #added: readonly TextEdit[] = [];
  #forwards = false;
  #covers = false;

  /** @param kept functions of the program that keep their callbacks */
  constructor(program: Program, flow: Flow, naming: Naming, kept: ReadonlySet<FunctionNode>, rewrite: RewriteTask) {
    this.#kept = kept;
    this.#flow = flow;
    this.#rewrite = rewrite;
    this.#program = program;
    this.#naming = naming;
    this.#merger = new Merger(program, flow);
    this.#file = flow.fn.getSourceFile();
    this.#habits = habitsOf(flow.fn);
  }

  /**
   * The steps as statements at `indentation`, as the end of the function.
   * @param range that the text is to replace: its comments survive
   * @param added edits in code that is kept
   */
  render(steps: readonly Step[], indentation: string, range: Range, added: readonly TextEdit[]): Rendered {
    this.#added = added;
    this.#outermost = steps;
    for (const step of completionsIn(allSteps(steps))) this.#noteShorthands(step);
    let text = this.#join(this.#list(steps, indentation, true), indentation);
    if (this.#findOrphans(steps, range, text)) {
      this.#mergedHandlers.clear();
      text = this.#join(this.#list(steps, indentation, true), indentation);
    }
    return {
      text,
      imports: this.#imports,
      preambles: this.#preambles,
      notes: [...this.#notes],
      forwards: this.#forwards,
      covers: this.#covers,
    };
  }

  /** A name that is a property and its value becomes both where the value is renamed. */
  #noteShorthands(step: CompleteStep): void {
    if (step.value === undefined) return;
    for (const [index, value] of [step.value, ...(step.others ?? [])].entries()) {
      if (isShorthand(step, value, index)) this.#shorthands.set(value.getStart(), `${value.getText()}: `);
    }
  }

  /** @param atEnd the function ends after the list */
  #list(steps: readonly Step[], indentation: string, atEnd: boolean): Piece[] {
    const pieces = this.#merged(steps, indentation, atEnd) ?? this.#sequence(steps, indentation, atEnd);
    // The callback ended here, and the code behind the call's own `return` did not run.
    const isOver = steps.some((step) => step.kind === 'await' || (step.kind === 'give' && this.#exit === 'continue'));
    const fallsOut = !atEnd && isOver && !this.#leaves(steps.at(-1));
    return fallsOut ? [...pieces, { text: this.#exit + this.#habits.semicolon, blankBefore: false }] : pieces;
  }

  /** The list with one `try` around all that waits, where that is right. */
  #merged(steps: readonly Step[], indentation: string, atEnd: boolean): Piece[] | undefined {
    const start = this.#mergeStart(steps) ?? steps.length;
    const from = this.#forwardStart(steps, start);
    if (from === steps.length) return undefined;
    const waiting = steps.slice(from);
    // Inside a `try` that serves them all already.
    const left = awaitsIn(waiting).filter(isLeftToHandler);
    if (left.every(({ failure }) => failure.kind === 'handle' && this.#mergedHandlers.has(failure))) return undefined;
    const merged = this.#merger.merged(waiting);
    if (merged === undefined) return undefined;
    if (steps === this.#outermost) this.#covers = true;
    if (merged.catchesMore) {
      this.#notes.add(
        'An exception thrown by the code between or after the awaited calls now reaches the handler; in a callback it ended the process.',
      );
    }
    for (const failure of merged.failures) if (failure.kind === 'handle') this.#mergedHandlers.add(failure);
    const inner = indentation + this.#habits.unit;
    const body = this.#sequence(waiting, inner, atEnd);
    // Behind the `try` the function ends, by itself or by a `return` that is added.
    const isEnd = atEnd || !this.#leaves(steps.at(-1));
    const text = this.#try(body, merged.handler, indentation, this.#handler(merged.handler.steps, inner, isEnd));
    return [...this.#sequence(steps.slice(0, from), indentation, false), { text, blankBefore: body[0]?.blankBefore === true }];
  }

  #handler(steps: readonly Step[], indentation: string, atEnd: boolean): Piece[] {
    const outer = this.#inHandler;
    this.#inHandler = true;
    const pieces = this.#list(steps, indentation, atEnd);
    this.#inHandler = outer;
    return pieces;
  }

  /** In an Express 4 handler, a `try` that ends in `next(err)` begins where anything may throw. */
  #forwardStart(steps: readonly Step[], start: number): number {
    if (steps !== this.#outermost || !this.#merger.mustForward) return start;
    const early = this.#merger.firstEarlyThrow(steps);
    const first = Math.min(early, start);
    const merged = early === -1 ? undefined : this.#merger.merged(steps.slice(first));
    this.#forwards = merged !== undefined && this.#merger.isForwarding(merged.handler);
    return this.#forwards ? first : start;
  }

  /** Where one `try` would begin: at the first step that waits, unless only one branch of it does. */
  #mergeStart(steps: readonly Step[]): number | undefined {
    const waiting = steps.flatMap((step, index) => (awaitsIn([step]).some(isLeftToHandler) ? [index] : []));
    const [first, ...others] = waiting;
    if (first === undefined) return undefined;
    const step = steps[first];
    if ((step?.kind === 'branch' || step?.kind === 'switch') && others.length === 0) {
      const sides = waysOf(step).filter((side) => awaitsIn(side).some(isLeftToHandler));
      if (sides.length === 1) return undefined;
    }
    return first;
  }

  #sequence(steps: readonly Step[], indentation: string, atEnd: boolean): Piece[] {
    const pieces: Piece[] = [];
    let group = 0;
    for (let index = 0; index < steps.length; index += 1) {
      const step = steps[index];
      if (step === undefined) break;
      const rest = steps.slice(index + 1);
      const isLast = rest.every((later) => isNoCode(later) || (atEnd && later.kind === 'keep' && isBareReturn(later.node)));
      const next = steps[index + 1];
      if (step.kind === 'await' && next?.kind === 'complete' && this.#isReturnOf(step, next)) {
        pieces.push(...this.#openingComments(step, indentation), ...this.#openingComments(next, indentation));
        pieces.push(...this.#returned(step, next, indentation));
        index += 1;
        continue;
      }
      pieces.push(...this.#openingComments(step, indentation));
      const declared = this.#declaredBy(step, next);
      if (declared !== undefined && next?.kind === 'opened') {
        const [, ...others] = next.steps;
        pieces.push(this.#declaration(step, declared, indentation));
        pieces.push(...this.#sequence(others, indentation, atEnd && rest.length === 1));
        index += 1;
        continue;
      }
      const assigned = this.#assignedNext(step, next);
      if (assigned !== undefined) {
        pieces.push(this.#declaration(step, assigned, indentation));
        index += 1;
        continue;
      }
      const own = this.#step(step, indentation, atEnd && isLast);
      const [head, ...others] = own;
      // What comes behind a function of `async` that took more than a line stands apart.
      const isApart = step.kind === 'group' && group > 1;
      pieces.push(...(isApart && head !== undefined ? [{ ...head, blankBefore: true }, ...others] : own));
      group = step.kind === 'group' ? own.length : 0;
    }
    return pieces;
  }

  /** `let order; try { order = parse(text); } …`: what the opened `try` assigns first can be declared with its value. */
  #declaredBy(step: Step, next: Step | undefined): ts.BinaryExpression | undefined {
    if (step.kind !== 'keep' || next?.kind !== 'opened' || !ts.isVariableStatement(step.node)) return undefined;
    const [first] = next.steps;
    return first && this.#firstAssignment(step.node, first);
  }

  /** `let total;`, and the `total = …;` of a branch that is certain to be taken. */
  #assignedNext(step: Step, next: Step | undefined): ts.BinaryExpression | undefined {
    if (step.kind !== 'keep' || next?.kind !== 'keep' || !ts.isVariableStatement(step.node)) return undefined;
    if (next.node.parent === step.node.parent || trailingEnd(this.#file, next.node.end) > next.node.end) return undefined;
    return this.#firstAssignment(step.node, next);
  }

  #firstAssignment({ declarationList }: ts.VariableStatement, first: Step): ts.BinaryExpression | undefined {
    const [declaration, ...others] = declarationList.declarations;
    if (declaration === undefined || others.length > 0 || declaration.initializer !== undefined || declaration.type !== undefined)
      return undefined;
    if (first.kind !== 'keep' || !ts.isExpressionStatement(first.node) || first.edits.length > 0) return undefined;
    const { expression } = first.node;
    if (!ts.isBinaryExpression(expression) || expression.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return undefined;
    const { left, right } = expression;
    const symbol = this.#program.symbolOf(declaration.name);
    const isSame = ts.isIdentifier(left) && this.#program.symbolOf(left) === symbol;
    const isOwn = isSame && identifiersIn(right, left.text).some((one) => this.#program.symbolOf(one) === symbol);
    return isSame && !isOwn && leadingComments(this.#file, first.node).length === 0 ? expression : undefined;
  }

  #declaration(step: Step, assignment: ts.BinaryExpression, indentation: string): Piece {
    if (step.kind !== 'keep' || !ts.isVariableStatement(step.node) || !ts.isIdentifier(assignment.left)) throw new Error('no declaration');
    const { declarationList } = step.node;
    const symbol = this.#program.symbolOf(assignment.left);
    const writes = identifiersIn(step.node.parent, assignment.left.text).filter(
      (one) => this.#program.symbolOf(one) === symbol && isWritten(one),
    );
    const isVar = (declarationList.flags & ts.NodeFlags.BlockScoped) === 0;
    const keyword = isVar ? 'var' : writes.length === 1 ? 'const' : 'let';
    const text = slice(this.#file, { start: assignment.getStart(), end: assignment.end }, indentation, this.#edits([]));
    return this.#statement(step.node, indentation, `${keyword} ${text}`);
  }

  #leaves(step: Step | undefined): boolean {
    if (step === undefined) return false;
    if (step.kind === 'complete' || step.kind === 'hand-on' || step.kind === 'chain') return true;
    if (step.kind === 'give') return step.outlet.kind === 'again' || this.#exit === 'continue';
    if (step.kind === 'group') return step.rounds !== undefined || this.#leaves(step.steps.at(-1));
    if (step.kind === 'keep') return leaves(step.node);
    if (step.kind === 'opened') return this.#leaves(step.steps.at(-1));
    if (step.kind === 'switch') {
      return (
        step.clauses.some(({ node }) => ts.isDefaultClause(node)) &&
        step.clauses.every(({ steps }, index) => (steps.length === 0 && index < step.clauses.length - 1) || this.#leaves(steps.at(-1)))
      );
    }
    return step.kind === 'branch' && step.otherwise !== undefined && this.#leaves(step.then.at(-1)) && this.#leaves(step.otherwise.at(-1));
  }

  #step(step: Step, indentation: string, atEnd: boolean): Piece[] {
    switch (step.kind) {
      case 'keep':
        return this.#keep(step, indentation, atEnd);
      case 'complete':
        return this.#complete(step, indentation, atEnd);
      case 'chain':
        return [this.#chain(step, indentation, atEnd)];
      case 'await':
        return this.#await(step, indentation, atEnd);
      case 'give':
        return this.#give(step, indentation, atEnd);
      case 'group':
        return step.rounds === undefined ? this.#group(step, indentation, atEnd) : this.#rounds(step, step.rounds, indentation, atEnd);
      case 'hand-on': {
        if (step.body !== undefined) return this.#handedOn(step, step.body, indentation, atEnd);
        const call = this.#call(step, indentation, step.edits);
        const { target } = step.site;
        if (target.kind === 'taker' && this.#shapeOf(target.fn) !== this.#flow.shapeOf(target.fn)) this.#losesValues(step.site);
        const isTest = this.#flow.done !== undefined && ts.isStatement(step.statement);
        const taken = isTest ? undefined : this.#firstOf(target);
        if (taken !== undefined) {
          const { constant, semicolon } = this.#habits;
          const bound = this.#statement(step.statement, indentation, `${constant} ${taken.pattern} = await ${call}`);
          return [bound, { text: `return ${taken.name}${semicolon}`, blankBefore: false }];
        }
        // What the tasks give is nothing that the function gave, and a test gives nothing.
        const isGiven = (target.kind !== 'tasks' || target.gives) && !isTest;
        if (isGiven) return [this.#statement(step.statement, indentation, `return ${call}`)];
        const awaited = this.#statement(step.statement, indentation, `await ${call}`);
        return atEnd ? [awaited] : [awaited, { text: `return${this.#habits.semicolon}`, blankBefore: false }];
      }
      case 'detached':
        return [this.#detached(step, indentation)];
      case 'branch':
        return [this.#branch(step, indentation, atEnd)];
      case 'switch':
        return [this.#switch(step, indentation, atEnd)];
      case 'opened':
        return this.#sequence(step.steps, indentation, atEnd);
      case 'drop':
        // What is said of a callback goes where its code goes.
        return ts.isFunctionDeclaration(step.node) ? [] : this.#commentsOf(step.node, indentation);
      case 'comments':
        return step.comments.map((comment) => ({ text: this.#text(comment, indentation), blankBefore: step.blankBefore }));
    }
  }

  #losesValues({ call }: CallbackSite): never {
    throw new Obstacle(
      call,
      'callback-shape',
      `\`${calleeName(call)}\` keeps its callback, and gives several values to it; a promise of it gives the first.`,
      'Give one object that holds them.',
    );
  }

  #keep(step: Step & { kind: 'keep' }, indentation: string, atEnd: boolean): Piece[] {
    const { node } = step;
    if (atEnd && ts.isReturnStatement(node) && node.expression === undefined) return this.#commentsOf(node, indentation);
    if (!ts.isStatement(node)) {
      const text = slice(this.#file, { start: node.getStart(), end: node.end }, indentation, this.#edits(step.edits));
      return [{ text: text + this.#habits.semicolon, blankBefore: false }];
    }
    const edits = [...step.edits];
    // `return next(err)` at the end of the function returned nothing that anyone looks at.
    if (this.#inHandler && atEnd && ts.isReturnStatement(node) && node.expression !== undefined && ts.isCallExpression(node.expression)) {
      edits.push({ start: node.getStart(), end: node.expression.getStart(), text: '' });
    }
    const range = placed(this.#file, node);
    return [{ text: slice(this.#file, range, indentation, this.#edits(edits)), blankBefore: range.blankBefore }];
  }

  #complete(step: CompleteStep, indentation: string, atEnd: boolean): Piece[] {
    if (atEnd && step.outcome === 'return' && step.value === undefined && step.unless === undefined && step.shape === undefined) {
      return this.#commentsOf(step.node, indentation);
    }
    const end = step.others?.at(-1)?.end ?? step.value?.end;
    const value =
      step.value === undefined || end === undefined
        ? emptyResult(step)
        : ` ${slice(this.#file, { start: startWithCast(this.#file, step.value), end }, indentation, this.#edits([...step.edits, ...shapeEdits(step)]))}`;
    const guard = step.unless === undefined ? '' : guardText(this.#file, step.unless, indentation, this.#edits(step.edits));
    if (atEnd && step.outcome === 'return' && step.value === undefined && step.shape === undefined) {
      return [this.#statement(step.node, indentation, guard.trimEnd(), '')];
    }
    return [this.#statement(step.node, indentation, guard + step.outcome + value)];
  }

  #chain({ node, ending }: Step & { kind: 'chain' }, indentation: string, atEnd: boolean): Piece {
    const { chain, gives } = ending;
    const { fn, merged, place: role } = this.#flow;
    if (merged.length > 0 && !areNamesApart(fn, chain)) {
      throw new Obstacle(
        node,
        'callback-shape',
        'A name that a handler of the chain declares means something else in the function.',
        'Give it another name, then run nodelift again.',
      );
    }
    const start = node.getStart();
    const text = convertEnding(
      this.#program,
      ending,
      {
        fn,
        role,
        form: 'statement',
        range: { start, end: node.end, outer: start },
        block: undefined,
        clause: undefined,
        sink: { kind: gives ? 'return' : 'end' },
        atEnd,
        inTry: false,
        blankBefore: false,
        promise: 'Promise',
        isAwaited: false,
        isLoose: false,
        callbacks: new Set(),
      },
      indentation,
      this.#edits([]),
    );
    return this.#statement(node, indentation, text, '');
  }

  /** A callback that is handed on gets the values one by one; where the promise gives them together, the first is taken out. */
  #firstOf(target: CallbackSite['target']): { readonly pattern: string; readonly name: string } | undefined {
    const [value] = target.kind === 'api' ? target.api.values : [];
    if (target.kind !== 'api' || value === undefined || (target.api.result !== 'object' && target.api.result !== 'array')) return undefined;
    const { fn } = this.#flow;
    const isFree = (name: string): boolean => isNameFree(this.#program, name, fn, new Set()) && !isNameVisible(this.#program, name, fn);
    const name = firstFree([value, `${value}Value`, `${value}2`, `${value}3`], isFree);
    const own = name === value ? value : `${value}: ${name}`;
    return { name, pattern: target.api.result === 'array' ? `[${name}]` : `{ ${own} }` };
  }

  /** `const data = await read(); return data;` is `return read();`. */
  #isReturnOf(step: AwaitStep, next: CompleteStep): boolean {
    if (
      next.outcome !== 'return' ||
      next.shape !== undefined ||
      step.failure.kind !== 'propagate' ||
      next.value === undefined ||
      !ts.isIdentifier(next.value)
    )
      return false;
    if (step.body !== undefined) return false;
    const [value, ...others] = step.values;
    if (value === undefined || others.length > 0 || !ts.isIdentifier(value.name)) return false;
    const symbol = this.#program.symbolOf(value.name);
    if (this.#program.symbolOf(next.value) !== symbol || /^[[{]/.test(this.#resultPattern(step) ?? '')) return false;
    const uses = identifiersIn(step.callback.body, value.name.text).filter((one) => this.#program.symbolOf(one) === symbol);
    return uses.every((one) => isWithin(one, next.node));
  }

  #returned(step: AwaitStep, next: CompleteStep, indentation: string): Piece[] {
    const call = this.#call(step, indentation, step.edits);
    const comments = [...this.#orphaned(step, indentation), ...this.#commentsOf(next.node, indentation)];
    return [this.#statement(step.statement, indentation, `return ${call}`, this.#habits.semicolon, comments)];
  }

  /** What a function of `async` gave, put where it goes. */
  #give({ node, values, outlet, unless, edits }: GiveStep, indentation: string, atEnd: boolean): Piece[] {
    const { semicolon } = this.#habits;
    if (outlet.kind === 'again') return [this.#again(node, values, outlet.parameter, edits, indentation)];
    const text = (value: ts.Node): string =>
      slice(this.#file, { start: startWithCast(this.#file, value), end: value.end }, indentation, this.#edits(edits));
    const given = (): string[] => {
      const [first] = values;
      const value = first === undefined ? 'undefined' : text(first);
      if (outlet.kind === 'list') return [`${this.#listName(outlet.list)}.push(${value})`];
      if (outlet.kind === 'variable') return [this.#assignment(outlet.name, value)];
      if (outlet.kind === 'parameters') {
        return values.flatMap((one, index) => {
          const parameter = outlet.parameters[index];
          if (parameter === undefined) return isOnlyRead(one) ? [] : [text(one)];
          const name = this.#nameText(parameter);
          const own = text(one);
          return own === name && !this.#declared.has(name) ? [] : [this.#assignment(name, own, parameter, outlet.next)];
        });
      }
      return first === undefined || isOnlyRead(first) ? [] : [value];
    };
    const guard = unless === undefined ? [] : [`if (${text(unless)}) throw ${text(unless)}`];
    const lines = [...guard, ...given(), ...(!atEnd && this.#exit === 'continue' ? ['continue'] : [])];
    if (lines.length === 0) return this.#commentsOf(node, indentation);
    const own = lines.map((line) => line + semicolon).join(this.#habits.eol + indentation);
    return [this.#statement(node, indentation, own, '')];
  }

  /** `const name = value`, or `name = value` where it is declared already. */
  #assignment(name: string, value: string, parameter?: ts.ParameterDeclaration, within?: ts.Node): string {
    if (this.#declared.has(name)) {
      const guard = this.#habits.semicolon === '' && /^[[{]/.test(name) ? ';' : '';
      return guard + (name.startsWith('{') ? `(${name} = ${value})` : `${name} = ${value}`);
    }
    const { constant, variable } = this.#habits;
    const isReassigned =
      parameter !== undefined && within !== undefined && boundNames(parameter.name).some((one) => this.#isReassigned(one, within));
    return `${isReassigned && constant === 'const' ? variable : constant} ${name} = ${value}`;
  }

  #nameText({ name }: ts.ParameterDeclaration): string {
    return slice(this.#file, { start: name.getStart(), end: name.end }, '', this.#naming.edits);
  }

  #listName(list: ResultList): string {
    return this.#listNames.get(list) ?? list.name;
  }

  /** `continue;`, behind what the next round begins with where the loop does not say that itself. */
  #again(
    node: ts.Node,
    [value]: readonly ts.Expression[],
    parameter: ts.ParameterDeclaration | undefined,
    edits: readonly TextEdit[],
    indentation: string,
  ): Piece {
    if (value === undefined || parameter === undefined || this.#counters.has(parameter))
      return this.#statement(node, indentation, 'continue');
    const { semicolon, eol } = this.#habits;
    const given = slice(this.#file, { start: startWithCast(this.#file, value), end: value.end }, indentation, this.#edits(edits));
    return this.#statement(node, indentation, `${this.#nameText(parameter)} = ${given}${semicolon}${eol}${indentation}continue`);
  }

  /** A function that calls itself, as a loop. */
  #rounds(step: GroupStep, rounds: NonNullable<GroupStep['rounds']>, indentation: string, atEnd: boolean): Piece[] {
    const { eol, unit, semicolon, variable } = this.#habits;
    const inner = indentation + unit;
    const [parameter] = step.fn.parameters;
    const isCounter = parameter !== undefined && counts(this.#program, parameter, step.steps);
    if (isCounter) this.#counters.add(parameter);
    const head = headOf(this.#program, step.steps, isCounter ? parameter : undefined);
    const pieces = withoutContinue(this.#list(head.body, inner, false), semicolon, eol, inner);
    const block = pieces.length === 0 ? '{}' : `{${eol}${inner}${this.#join(pieces, inner)}${eol}${indentation}}`;
    const condition = this.#condition(head, isCounter ? parameter : undefined, indentation);
    const [given] = rounds.start.arguments;
    const first =
      parameter === undefined || given === undefined
        ? ''
        : `${variable} ${this.#nameText(parameter)} = ${slice(this.#file, { start: startWithCast(this.#file, given), end: given.end }, indentation, this.#edits([]))}`;
    const loop: Piece[] = isCounter
      ? [
          {
            text: `for (${first}; ${head.condition === undefined ? '' : condition}; ${this.#nameText(parameter)}++) ${block}`,
            blankBefore: false,
          },
        ]
      : [
          ...(first === '' ? [] : [{ text: first + semicolon, blankBefore: false }]),
          { text: `while (${condition}) ${block}`, blankBefore: false },
        ];
    const lead =
      head.branch === undefined ? [] : [...this.#openingComments(head.branch, indentation), ...this.#leadOf(head.branch.node, indentation)];
    const [opening, ...others] = [...lead, ...loop];
    const blankBefore = ts.isStatement(rounds.statement) && placed(this.#file, rounds.statement).blankBefore;
    const behind = head.after.length === 0 ? [] : this.#list(head.after, indentation, atEnd);
    return [...(opening === undefined ? [] : [{ ...opening, blankBefore }]), ...others, ...behind];
  }

  #leadOf(node: ts.Statement, indentation: string): Piece[] {
    return leadingComments(this.#file, node).map((comment) => ({ text: this.#text(comment, indentation), blankBefore: false }));
  }

  #condition({ condition, isNegated, edits }: LoopHead, counter: ts.ParameterDeclaration | undefined, indentation: string): string {
    if (condition === undefined) return 'true';
    const text = (node: ts.Node): string =>
      slice(this.#file, { start: startWithCast(this.#file, node), end: node.end }, indentation, this.#edits(edits));
    return isNegated ? negated(this.#program, condition, counter, text) : text(condition);
  }

  /** The code of a function of `async`; what it gives in several places is declared in front of it. */
  #group({ steps, declares, gives }: GroupStep, indentation: string, atEnd: boolean): Piece[] {
    const { semicolon } = this.#habits;
    const variable = this.#open;
    const names = declares.flatMap((parameter) => boundNames(parameter.name).map((name) => this.#naming.nameOf(name)));
    const patterns = declares.map((parameter) => this.#nameText(parameter)).filter((name) => !this.#declared.has(name));
    for (const name of patterns) this.#declared.add(name);
    const pieces = this.#sequence(steps, indentation, gives || atEnd);
    for (const name of patterns) this.#declared.delete(name);
    const first = patterns.length === 0 ? [] : [{ text: `${variable} ${names.join(', ')}${semicolon}`, blankBefore: false }];
    return [...first, ...pieces];
  }

  /** What stands in the place of a call that ran functions in turn. */
  #body(body: TaskBody, indentation: string): Piece[] {
    const exit = this.#exit;
    const { loop, steps } = body;
    if (loop === undefined) return this.#sequence(steps, indentation, true);
    this.#exit = 'continue';
    const { eol, unit, constant } = this.#habits;
    const inner = indentation + unit;
    const [group] = steps;
    const pieces = group === undefined ? [] : this.#list(group.steps, inner, true);
    this.#exit = exit;
    const list = slice(this.#file, { start: loop.list.getStart(), end: loop.list.end }, indentation, this.#edits([]));
    const block = pieces.length === 0 ? '{}' : `{${eol}${inner}${this.#join(pieces, inner)}${eol}${indentation}}`;
    const keyword = this.#isRoundReassigned(loop, group?.fn) && constant === 'const' ? this.#habits.variable : constant;
    const item = loop.item === undefined ? undefined : this.#nameText(loop.item);
    const head =
      loop.index === undefined
        ? `${keyword} ${item ?? '_'} of ${list}`
        : `${keyword} [${this.#nameText(loop.index)}${item === undefined ? '' : `, ${item}`}] of ${list}.entries()`;
    return [{ text: `for (${head}) ${block}`, blankBefore: false }];
  }

  #isRoundReassigned({ item, index }: TaskLoop, fn: ts.Node | undefined): boolean {
    return [item, index].some(
      (one) => one !== undefined && fn !== undefined && boundNames(one.name).some((name) => this.#isReassigned(name, fn)),
    );
  }

  /** The list of results that what stands in the place of a call fills. */
  #listOf({ results, steps }: TaskBody, name: string | undefined, keyword: string = this.#habits.constant): Piece[] {
    if (results === undefined || steps.length === 0) return [];
    if (name !== undefined) this.#listNames.set(results, name);
    return [{ text: `${keyword} ${this.#listName(results)} = []${this.#habits.semicolon}`, blankBefore: false }];
  }

  #handedOn(step: HandOnStep, body: TaskBody, indentation: string, atEnd: boolean): Piece[] {
    const { semicolon } = this.#habits;
    const pieces = [...this.#listOf(body, undefined), ...this.#body(body, indentation)];
    const end = body.results === undefined ? (atEnd ? undefined : this.#exit) : `return ${this.#listName(body.results)}`;
    if (end !== undefined) pieces.push({ text: end + semicolon, blankBefore: false });
    return this.#inPlaceOf(step.statement, pieces, indentation);
  }

  /** The comments that stood above a statement and behind it, with what it became. */
  #inPlaceOf(node: ts.Node, pieces: readonly Piece[], indentation: string, orphans: readonly Piece[] = []): Piece[] {
    const [first, ...others] = [...orphans, ...pieces];
    if (first === undefined) return this.#commentsOf(node, indentation);
    if (!ts.isStatement(node)) return [first, ...others];
    const { blankBefore } = placed(this.#file, node);
    const whole = [{ text: this.#lead(node, indentation) + first.text, blankBefore }, ...others];
    const last = whole.at(-1);
    return last === undefined ? whole : [...whole.slice(0, -1), { ...last, text: last.text + this.#tail(node) }];
  }

  /** Functions that ran in turn, and what deals with a failure of any of them. */
  #awaitedBody(step: AwaitStep, body: TaskBody, indentation: string, atEnd: boolean, orphans: readonly Piece[]): Piece[] {
    const { eol, semicolon, unit } = this.#habits;
    const variable = this.#open;
    const { failure } = step;
    const [value] = body.results === undefined ? [] : step.values;
    const list = this.#listOf(body, value && this.#nameText(value), this.#keyword(step));
    const isQuiet = failure.kind === 'ignore' && !mayFail(body.steps);
    if (isQuiet || failure.kind === 'propagate' || (failure.kind === 'handle' && this.#mergedHandlers.has(failure))) {
      return this.#inPlaceOf(step.statement, [...list, ...this.#body(body, indentation)], indentation, orphans);
    }
    const isOpen = body.results === undefined;
    const names = isOpen ? this.#declaredNames(step, failure.kind === 'handle' && failure.ends) : [];
    const own = isOpen ? this.#ownNames(step) : [];
    for (const name of own) this.#declared.add(name);
    const inner = indentation + unit;
    const pieces = this.#body(body, inner);
    for (const name of own) this.#declared.delete(name);
    const head: Piece[] = [
      ...list,
      ...(names.length === 0 ? [] : [{ text: `${variable} ${names.join(', ')}${semicolon}`, blankBefore: false }]),
    ];
    if (failure.kind === 'handle') {
      if (this.#merger.answersTwice(failure, body)) {
        throw new Obstacle(
          step.statement,
          'control-flow',
          'What is thrown in the functions that are given to `async` would reach a handler that repeats what they did.',
          'Write them as async functions, and await them by hand.',
        );
      }
      const handler = this.#handler(failure.steps, inner, atEnd);
      const returns = handler.at(-1)?.text === this.#exit + semicolon;
      if (failure.ends && !atEnd && !returns && !failure.steps.some((one) => this.#leaves(one))) {
        handler.push({ text: this.#exit + semicolon, blankBefore: false });
      }
      const text = this.#try(pieces, failure, indentation, handler);
      return this.#inPlaceOf(step.statement, [...head, { text, blankBefore: false }], indentation, orphans);
    }
    const block = `{${eol}${inner}${this.#join(pieces, inner)}${eol}${indentation}}`;
    if (failure.kind === 'ignore') {
      return this.#inPlaceOf(step.statement, [...head, { text: `try ${block} catch {}`, blankBefore: false }], indentation, orphans);
    }
    const [errorName] = boundNames(failure.error.name);
    const name = errorName === undefined ? 'err' : this.#naming.nameOf(errorName);
    const caught = name === 'error' ? 'reason' : 'error';
    const first: Piece = { text: `${variable} ${name} = null${semicolon}`, blankBefore: false };
    const type = isTypeScript(this.#file) ? ': any' : '';
    const text = `try ${block} catch (${caught}${type}) {${eol}${inner}${name} = ${caught}${semicolon}${eol}${indentation}}`;
    return this.#inPlaceOf(step.statement, [first, ...head, { text, blankBefore: false }], indentation, orphans);
  }

  /** What is assigned where it is declared in front. */
  #ownNames({ values, names = [] }: AwaitStep): string[] {
    const given = values.flatMap((value) => (value === undefined ? [] : [this.#nameText(value)]));
    return [...given, ...names.filter((name) => name !== undefined)].filter((name) => !this.#declared.has(name));
  }

  #await(step: AwaitStep, indentation: string, atEnd: boolean): Piece[] {
    const behind = (this.#behind.get(step) ?? []).map((comment) => ({ text: this.#text(comment, indentation), blankBefore: true }));
    return [...this.#awaited(step, indentation, atEnd), ...behind];
  }

  #awaited(step: AwaitStep, indentation: string, atEnd: boolean): Piece[] {
    const orphans = this.#orphaned(step, indentation);
    const { failure } = step;
    if (step.body !== undefined) return this.#awaitedBody(step, step.body, indentation, atEnd, orphans);
    const call = this.#call(step, indentation, step.edits);
    if (failure.kind === 'handle' && !this.#mergedHandlers.has(failure)) {
      return [this.#scoped(step, failure, indentation, atEnd, orphans)];
    }
    if (failure.kind === 'capture') return [this.#captured(step, failure.error, indentation, orphans)];
    const pattern = this.#resultPattern(step, indentation);
    const taken = step.outlet === undefined ? undefined : this.#taken(step.outlet, step, call);
    if (taken !== undefined) return [this.#statement(step.statement, indentation, taken, this.#habits.semicolon, orphans)];
    const keyword = pattern === undefined ? '' : `${this.#keyword(step)} ${pattern} = `;
    let awaited = `${keyword}await ${call}`;
    if (failure.kind === 'ignore') awaited += this.#ignoring(step, pattern);
    return [this.#statement(step.statement, indentation, awaited, this.#habits.semicolon, orphans)];
  }

  /** The result of a call that ended a function of `async`, where that is not bound to a variable of its own. */
  #taken(outlet: Outlet, step: AwaitStep, call: string): string | undefined {
    const pattern = this.#resultPattern(step);
    if (outlet.kind === 'list') return `${this.#listName(outlet.list)}.push(await ${call})`;
    if (outlet.kind === 'variable') return this.#assignment(outlet.name, `await ${call}`);
    const names = step.values.flatMap((value) => (value === undefined ? [] : [this.#nameText(value)]));
    if (pattern === undefined || !names.some((name) => this.#declared.has(name))) return undefined;
    return pattern.startsWith('{') ? `(${pattern} = await ${call})` : `${pattern} = await ${call}`;
  }

  #ignoring({ site: { target } }: AwaitStep, pattern: string | undefined): string {
    if (target.kind === 'api' && target.api.noError === true) return '';
    if (pattern === undefined) return '.catch(() => {})';
    if (pattern.startsWith('[')) return '.catch(() => [])';
    // The values that come with a failure are properties of the error.
    if (target.kind === 'api' && target.api.valuesOnError === true) return '.catch((error) => error)';
    return pattern.startsWith('{') ? '.catch(() => ({}))' : '.catch(() => undefined)';
  }

  /** `record(…).catch((err) => { … });` */
  #detached(step: DetachedStep, indentation: string): Piece {
    const { eol, unit } = this.#habits;
    const call = this.#call(step, indentation, step.edits);
    const inner = indentation + unit;
    const isArrow = ts.isArrowFunction(step.callback);
    const parameter = step.error?.name.getText() ?? '';
    const pieces = this.#list(step.steps, inner, true);
    const body = pieces.length === 0 ? '{}' : `{${eol}${inner}${this.#join(pieces, inner)}${eol}${indentation}}`;
    const handler = isArrow ? `(${parameter}) => ${body}` : `function (${parameter}) ${body}`;
    return this.#statement(step.statement, indentation, `${call}.catch(${handler})`);
  }

  /** What is declared without a value must be new in each round of a loop. */
  get #open(): 'let' | 'var' {
    return this.#exit === 'continue' ? 'let' : this.#habits.variable;
  }

  /** A handler of its own: `let user; try { user = await …; } catch (err) { … }`. */
  #scoped(step: AwaitStep, failure: Handler, indentation: string, atEnd: boolean, orphans: readonly Piece[]): Piece {
    const { eol, semicolon, unit } = this.#habits;
    const variable = this.#open;
    const inner = indentation + unit;
    const call = this.#call(step, inner, step.edits);
    const names = this.#declaredNames(step, failure.ends);
    const pattern = this.#resultPattern(step, inner);
    const assigned =
      pattern === undefined ? `await ${call}` : pattern.startsWith('{') ? `(${pattern} = await ${call})` : `${pattern} = await ${call}`;
    const declared = names.length === 0 ? '' : `${variable} ${names.join(', ')}${semicolon}${eol}${indentation}`;
    const handler = this.#handler(failure.steps, inner, atEnd);
    const returns = handler.at(-1)?.text === this.#exit + semicolon;
    if (failure.ends && !atEnd && !returns && !failure.steps.some((one) => this.#leaves(one))) {
      handler.push({ text: this.#exit + semicolon, blankBefore: false });
    }
    const body: Piece[] = [{ text: assigned + semicolon, blankBefore: false }];
    const text = declared + this.#try(body, failure, indentation, handler);
    return this.#statement(step.statement, indentation, text, '', orphans);
  }

  /**
   * What is declared for the values of a call.
   * @param certain they are assigned wherever they are read; else TypeScript would say that they may be missing, and did not
   */
  #declaredNames(step: AwaitStep, certain: boolean): string[] {
    const own = (step.names ?? []).flatMap((name) =>
      name === undefined ? [] : [certain || !isTypeScript(this.#file) ? name : `${name}: any`],
    );
    const given = step.values.flatMap((value) => {
      if (value === undefined) return [];
      const names = boundNames(value.name).map((name) => this.#naming.nameOf(name));
      if (certain || !isTypeScript(this.#file)) return names;
      const written = ts.isIdentifier(value.name) ? value.type?.getText() : undefined;
      return names.map((name) => (written === undefined ? `${name}: any` : `${name}!: ${written}`));
    });
    return [...own, ...given];
  }

  /** The error in a variable: `let err = null; let user; try { user = await …; } catch (error) { err = error; }`. */
  #captured(step: AwaitStep, error: ts.ParameterDeclaration, indentation: string, orphans: readonly Piece[]): Piece {
    const { eol, semicolon, unit } = this.#habits;
    const variable = this.#open;
    const inner = indentation + unit;
    const call = this.#call(step, inner, step.edits);
    const names = this.#declaredNames(step, false);
    const [own] = boundNames(error.name);
    const name = own === undefined ? 'err' : this.#naming.nameOf(own);
    const caught = name === 'error' ? 'reason' : 'error';
    const pattern = this.#resultPattern(step, inner);
    const assigned = (value: string): string =>
      pattern === undefined ? value : pattern.startsWith('{') ? `(${pattern} = ${value})` : `${pattern} = ${value}`;
    // Only `exec` and its like give values on failure too; the promise form has them as properties of the error.
    const isOnError = step.site.target.kind === 'api' && step.site.target.api.valuesOnError === true && pattern !== undefined;
    const lines = [
      `${variable} ${name} = null${semicolon}`,
      ...(names.length === 0 ? [] : [`${variable} ${names.join(', ')}${semicolon}`]),
      'try {',
      `${unit}${assigned(`await ${call}`)}${semicolon}`,
      // What is held has the type that the callback's error had, and not `unknown`.
      `} catch (${caught}${isTypeScript(this.#file) ? ': any' : ''}) {`,
      `${unit}${name} = ${caught}${semicolon}`,
      ...(isOnError ? [`${unit}${semicolon === '' ? ';' : ''}${assigned(caught)}${semicolon}`] : []),
      '}',
    ];
    return this.#statement(step.statement, indentation, lines.join(eol + indentation), '', orphans);
  }

  #try(body: readonly Piece[], handler: Handler, indentation: string, handlerPieces: readonly Piece[]): string {
    const { eol, unit } = this.#habits;
    const inner = indentation + unit;
    const parameter = usesError(this.#program, handler) ? `catch (${handler.error.name.getText()}${this.#errorType(handler)})` : 'catch';
    this.#rendered.add(handler);
    const comments = (this.#inHandlers.get(handler) ?? []).map((one) => ({ text: this.#text(one, inner), blankBefore: false }));
    const caughtPieces = [...comments, ...handlerPieces];
    const caught = caughtPieces.length === 0 ? '{}' : `{${eol}${inner}${this.#join(caughtPieces, inner)}${eol}${indentation}}`;
    return `try {${eol}${inner}${this.#join(body, inner)}${eol}${indentation}} ${parameter} ${caught}`;
  }

  /** What is caught is `unknown` to TypeScript; the parameter of a callback had a type. */
  #errorType(handler: Handler): string {
    if (!isTypeScript(this.#file)) return '';
    const isPassedOn = handler.steps.every((step) => {
      if (step.kind !== 'keep' && step.kind !== 'complete') return false;
      const uses = identifiersIn(step.node, handler.error.name.getText());
      return uses.every(
        ({ parent }) => ts.isThrowStatement(parent) || (ts.isCallExpression(parent) && this.#merger.isNext(parent.expression)),
      );
    });
    return isPassedOn ? '' : ': any';
  }

  #branch(step: BranchStep, indentation: string, atEnd: boolean): Piece {
    const { node } = step;
    const range = placed(this.#file, node);
    if (step.whole && awaitsIn([step]).length === 0 && !hasHandOn([step])) {
      return { text: slice(this.#file, range, indentation, this.#edits(editsOf([step]))), blankBefore: range.blankBefore };
    }
    const lead = this.#lead(node, indentation);
    return { text: lead + this.#if(step, indentation, atEnd) + this.#tail(node), blankBefore: range.blankBefore };
  }

  #switch(step: SwitchStep, indentation: string, atEnd: boolean): Piece {
    const { node, clauses } = step;
    const range = placed(this.#file, node);
    if (step.whole && awaitsIn([step]).length === 0 && !hasHandOn([step])) {
      return { text: slice(this.#file, range, indentation, this.#edits(editsOf([step]))), blankBefore: range.blankBefore };
    }
    const { eol, unit } = this.#habits;
    const [first] = node.caseBlock.clauses;
    const isDeeper =
      first !== undefined && indentationAt(this.#file, first.getStart()).length > indentationAt(this.#file, node.getStart()).length;
    const inner = isDeeper ? indentation + unit : indentation;
    const head = { start: node.getStart(), end: node.caseBlock.getStart() + 1 };
    const parts = clauses.map((clause) => {
      const { blankBefore } = placed(this.#file, clause.node);
      return (blankBefore && clause.node !== first ? eol : '') + inner + this.#clause(clause, inner, atEnd);
    });
    const lines = [slice(this.#file, head, indentation, this.#edits(step.edits)), ...parts, `${indentation}}`];
    return { text: this.#lead(node, indentation) + lines.join(eol) + this.#tail(node), blankBefore: range.blankBefore };
  }

  #clause({ node, steps }: SwitchClause, indentation: string, atEnd: boolean): string {
    const { eol, unit, semicolon } = this.#habits;
    const colon = node.getChildren(this.#file).find((child) => child.kind === ts.SyntaxKind.ColonToken)?.end ?? node.end;
    const label = (end: number): string =>
      this.#lead(node, indentation) + slice(this.#file, { start: node.getStart(), end }, indentation, this.#edits([]));
    const [statement] = node.statements;
    if (statement === undefined) return label(trailingEnd(this.#file, colon));
    const inner = indentation + unit;
    const pieces = this.#list(steps, inner, atEnd);
    const isLast = node.parent.clauses.at(-1) === node;
    const ends = /^(?:return|throw|continue)\b/.test(pieces.at(-1)?.text ?? '');
    if (!ends && (!isLast || codeOf(node).end !== undefined)) pieces.push({ text: `break${semicolon}`, blankBefore: false });
    const isInline = !/[\r\n]/.test(this.#file.text.slice(colon, statement.getStart()));
    const declares = pieces.some(({ text }) => text.split(eol + inner).some((line) => /^(?:const|let|class) /.test(line)));
    const [only, ...others] = pieces;
    if (ts.isBlock(statement) || declares) {
      return `${label(colon)} {${eol}${inner}${this.#join(pieces, inner)}${eol}${indentation}}`;
    }
    if (isInline && only !== undefined && others.length === 0 && !/[\r\n]/.test(only.text)) return `${label(colon)} ${only.text}`;
    const own = label(isInline ? colon : trailingEnd(this.#file, colon));
    return pieces.length === 0 ? own : own + eol + inner + this.#join(pieces, inner);
  }

  #if(step: BranchStep, indentation: string, atEnd: boolean): string {
    const { node, condition } = step;
    const test = slice(this.#file, { start: condition.getStart(), end: condition.end }, indentation, this.#edits(step.edits));
    const then = this.#side(step.then, node.thenStatement, indentation, atEnd);
    if (step.takesRest === true) return this.#ifElse(step, test, indentation, atEnd);
    if (step.otherwise === undefined || node.elseStatement === undefined) return this.#ifHead(node, test) + then;
    const [only, ...others] = step.otherwise;
    const otherwise =
      only?.kind === 'branch' && others.length === 0 && ts.isIfStatement(node.elseStatement)
        ? ` ${this.#if(only, indentation, atEnd)}`
        : this.#side(step.otherwise, node.elseStatement, indentation, atEnd);
    return `${this.#ifHead(node, test)}${then}${this.#beforeElse(node.thenStatement, indentation)}else${otherwise}`;
  }

  /** `if( x )`, with the spaces that it had. */
  #ifHead(node: ts.IfStatement, test: string): string {
    const { text } = this.#file;
    const opening = /^if *\( *$/.exec(text.slice(node.getStart(), node.expression.getStart()))?.[0] ?? 'if (';
    const end = /^ *\)/.exec(text.slice(node.expression.end, node.thenStatement.getStart()))?.[0] ?? ')';
    return opening + test + end;
  }

  /** What followed an `if` that was left early, as its `else`. */
  #ifElse({ then, otherwise = [] }: BranchStep, test: string, indentation: string, atEnd: boolean): string {
    const { eol, unit } = this.#habits;
    const inner = indentation + unit;
    const block = (steps: readonly Step[]): string => {
      const pieces = this.#list(steps, inner, atEnd);
      return pieces.length === 0 ? '{}' : `{${eol}${inner}${this.#join(pieces, inner)}${eol}${indentation}}`;
    };
    const [only, ...others] = otherwise;
    const isChained = only?.kind === 'branch' && others.length === 0 && leadingComments(this.#file, only.node).length === 0;
    return `if (${test}) ${block(then)} else ${isChained ? this.#if(only, indentation, atEnd) : block(otherwise)}`;
  }

  /** An `else` that began a line still does. */
  #beforeElse(then: ts.Statement, indentation: string): string {
    const gap = /^\s*/.exec(this.#file.text.slice(then.end))?.[0] ?? '';
    if (/[\r\n]/.test(gap)) return this.#habits.eol + indentation;
    return ts.isBlock(then) && this.#file.text.startsWith('else', then.end + gap.length) ? gap : ' ';
  }

  /** What follows the condition or the `else`; a statement without braces stands on the line that it stood on. */
  #side(steps: readonly Step[], original: ts.Statement, indentation: string, atEnd: boolean): string {
    const { eol, unit } = this.#habits;
    const inner = indentation + unit;
    const pieces = this.#list(steps, inner, atEnd);
    const [only] = pieces;
    if (!ts.isBlock(original) && pieces.length === 1 && only !== undefined && !/[\r\n]/.test(only.text)) {
      const isApart = /[\r\n]/.test(this.#file.text.slice(original.pos, original.getStart()));
      return (isApart ? eol + inner : ' ') + only.text;
    }
    // `if (found){`, as it was.
    const before = this.#file.text.slice(original.pos, original.getStart());
    const gap = ts.isBlock(original) && /^ *$/.test(before) ? before : ' ';
    const inside = ts.isBlock(original) ? /^\{( *)[^\r\n]*\}$/.exec(original.getText())?.[1] : undefined;
    // `{ next(); }`, on the line that it stood on.
    if (inside !== undefined && pieces.length === 1 && only !== undefined && !/[\r\n]/.test(only.text) && this.#isAsWritten(steps))
      return `${gap}{${inside}${only.text}${inside}}`;
    return pieces.length === 0 ? `${gap}{}` : `${gap}{${eol}${inner}${this.#join(pieces, inner)}${eol}${indentation}}`;
  }

  #isAsWritten(steps: readonly Step[]): boolean {
    return steps.every((step) => step.kind === 'keep' && step.edits.length === 0);
  }

  /** How the result is bound, or `undefined` when nobody looks at it. */
  #resultPattern(step: AwaitStep, indentation = ''): string | undefined {
    const { values, site } = step;
    if (step.names !== undefined) return arrayPattern(step.names);
    if (values.length === 0) return undefined;
    const nameText = (value: ts.ParameterDeclaration): string =>
      slice(this.#file, { start: value.name.getStart(), end: value.name.end }, indentation, this.#naming.edits);
    const { result, names } = this.#resultOf(site.target);
    const extra = values.slice(result === 'first' ? 1 : names.length).find((value) => value !== undefined);
    if (extra !== undefined) {
      throw new Obstacle(
        extra,
        'callback-shape',
        `The callback uses \`${extra.name.getText()}\`, and the promise gives only what comes before it.`,
        'Call the function with a callback here, or do without the value.',
      );
    }
    const [first] = values;
    if (result === 'first') return first === undefined ? undefined : nameText(first);
    if (result === 'properties' && first !== undefined) return nameText(first);
    if (result === 'array') return `[${values.map((value) => (value === undefined ? '' : nameText(value))).join(', ')}]`;
    const fields = values.flatMap((value, index) => {
      if (value === undefined) return [];
      const name = nameText(value);
      return [name === names[index] ? name : `${names[index] ?? ''}: ${name}`];
    });
    return `{ ${fields.join(', ')} }`;
  }

  /** How the promise gives the values, and what they are called there. */
  #resultOf(target: CallbackSite['target']): { readonly result: CallbackApi['result']; readonly names: readonly string[] } {
    if (target.kind === 'api') return { result: target.api.result, names: target.api.values };
    const shape = target.kind === 'taker' ? this.#shapeOf(target.fn) : undefined;
    return shape === undefined ? { result: 'first', names: ['value'] } : { result: shape.kind, names: shape.names };
  }

  /** What a promisified function gives is the first of several values. */
  #shapeOf(fn: FunctionNode): ResultShape | undefined {
    return this.#kept.has(fn) ? undefined : this.#flow.shapeOf(fn);
  }

  #keyword(step: AwaitStep): string {
    const reassigned = step.values.some(
      (value) => value !== undefined && boundNames(value.name).some((name) => this.#isReassigned(name, step.callback)),
    );
    return reassigned && this.#habits.constant === 'const' ? this.#habits.variable : this.#habits.constant;
  }

  #isReassigned(name: ts.Identifier, within: ts.Node): boolean {
    const symbol = this.#program.symbolOf(name);
    return identifiersIn(within, name.text).some((one) => this.#program.symbolOf(one) === symbol && isWritten(one));
  }

  #call(step: AwaitStep | DetachedStep | (Step & { kind: 'hand-on' }), indentation: string, edits: readonly TextEdit[]): string {
    const call = callText(this.#program, step.site, indentation, this.#edits(edits), this.#kept, this.#rewrite);
    this.#imports.push(...call.imports);
    this.#preambles.push(...call.preambles);
    return call.text;
  }

  /** New code in the place of `node`, with the comments above it and behind it. */
  #statement(
    node: ts.Node,
    indentation: string,
    text: string,
    end: string = this.#habits.semicolon,
    comments: readonly Piece[] = [],
  ): Piece {
    const orphans = comments.map((comment) => comment.text + this.#habits.eol + indentation).join('');
    if (!ts.isStatement(node)) return { text: orphans + text + end, blankBefore: false };
    const range = placed(this.#file, node);
    return { text: this.#lead(node, indentation) + orphans + text + end + this.#tail(node), blankBefore: range.blankBefore };
  }

  #lead(node: ts.Node, indentation: string): string {
    const [first] = leadingComments(this.#file, node);
    return first === undefined ? '' : slice(this.#file, { start: first.pos, end: node.getStart() }, indentation, []);
  }

  /** A comment behind the statement on its last line. */
  #tail(node: ts.Node): string {
    return this.#file.text.slice(node.end, trailingEnd(this.#file, node.end));
  }

  #commentsOf(node: ts.Node, indentation: string): Piece[] {
    if (!ts.isStatement(node)) return [];
    const trailing = ts.getTrailingCommentRanges(this.#file.text, node.end) ?? [];
    const { blankBefore } = placed(this.#file, node);
    return [...leadingComments(this.#file, node), ...trailing].map((comment) => ({ text: this.#text(comment, indentation), blankBefore }));
  }

  #openingComments(step: Step, indentation: string): Piece[] {
    const node = nodeOf(step);
    const comments = (node && this.#opening.get(node)) ?? [];
    return comments.map((comment) => ({ text: this.#text(comment, indentation), blankBefore: false }));
  }

  #orphaned(step: AwaitStep, indentation: string): Piece[] {
    return (this.#orphans.get(step) ?? []).map((comment) => ({ text: this.#text(comment, indentation), blankBefore: false }));
  }

  #text(range: ts.CommentRange, indentation: string): string {
    return slice(this.#file, { start: range.pos, end: range.end }, indentation, []);
  }

  #edits(edits: readonly TextEdit[]): TextEdit[] {
    // A name inside a place that another edit replaces is gone with it.
    const renames = this.#naming.edits.filter(
      (rename) => !edits.some((edit) => edit.start <= rename.start && rename.end <= edit.end && edit.start < edit.end),
    );
    const written = renames.map((rename) => ({ ...rename, text: (this.#shorthands.get(rename.start) ?? '') + rename.text }));
    return [...edits, ...this.#added, ...written];
  }

  #join(pieces: readonly Piece[], indentation: string): string {
    const { eol } = this.#habits;
    return pieces.map((piece, index) => (index === 0 ? '' : eol + (piece.blankBefore ? eol : '') + indentation) + piece.text).join('');
  }

  /** Comments of the old code that the new one lacks are put before the await that stands for that code. */
  #findOrphans(steps: readonly Step[], range: Range, text: string): boolean {
    const awaits = allAwaits(steps);
    for (const comment of commentsIn(this.#file, range)) {
      const own = this.#file.text.slice(comment.pos, comment.end);
      if (text.includes(own.split(/\r?\n/, 1)[0] ?? own)) continue;
      const handler = awaits.flatMap(({ failure }) => (failure.kind === 'handle' && opens(failure, comment) ? [failure] : []))[0];
      if (handler !== undefined && this.#rendered.has(handler)) {
        this.#inHandlers.set(handler, [...(this.#inHandlers.get(handler) ?? []), comment]);
        continue;
      }
      const declared = awaits.find((step) => ts.isFunctionDeclaration(step.callback) && isAbout(this.#file, step.callback, comment));
      if (declared !== undefined) {
        this.#behind.set(declared, [...(this.#behind.get(declared) ?? []), comment]);
        continue;
      }
      const first = allSteps(steps)
        .map(nodeOf)
        .find((node) => node !== undefined && opensBlockOf(node, comment));
      if (first !== undefined) {
        this.#opening.set(first, [...(this.#opening.get(first) ?? []), comment]);
        continue;
      }
      const group = allSteps(steps).find((step) => step.kind === 'group' && isInFrontOf(step.fn, comment));
      const head = group?.kind === 'group' ? group.steps.map(nodeOf).find((node) => node !== undefined) : undefined;
      if (head !== undefined) {
        this.#opening.set(head, [...(this.#opening.get(head) ?? []), comment]);
        continue;
      }
      const owner =
        awaits.findLast((step) => step.statement.pos <= comment.pos && comment.end <= trailingEnd(this.#file, step.statement.end)) ??
        awaits[0];
      if (owner === undefined) continue;
      const list = this.#orphans.get(owner) ?? [];
      list.push(comment);
      this.#orphans.set(owner, list);
    }
    return this.#orphans.size + this.#behind.size + this.#inHandlers.size + this.#opening.size > 0;
  }
}

/** A value that nobody takes, and that does nothing: `rows.length`. */
function isOnlyRead(node: ts.Expression): boolean {
  return isIdle(node) || (ts.isPropertyAccessExpression(node) && isOnlyRead(node.expression));
}

/** Nothing of it runs, as of `done();` at the end of a function of `async`. */
function isNoCode(step: Step): boolean {
  if (step.kind === 'give') return step.outlet.kind === 'nowhere' && step.values.length === 0 && step.unless === undefined;
  return step.kind === 'comments' || (step.kind === 'keep' && ts.isFunctionDeclaration(step.node));
}

/** The end of a round goes on by itself. */
function withoutContinue(pieces: readonly Piece[], semicolon: string, eol: string, indentation: string): Piece[] {
  const last = pieces.at(-1);
  if (last === undefined) return [];
  const own = `continue${semicolon}`;
  if (last.text === own) return pieces.slice(0, -1);
  const behind = `${eol}${indentation}${own}`;
  return last.text.endsWith(behind) ? [...pieces.slice(0, -1), { ...last, text: last.text.slice(0, -behind.length) }] : [...pieces];
}

function arrayPattern(names: readonly (string | undefined)[]): string | undefined {
  const last = names.findLastIndex((name) => name !== undefined);
  return last === -1
    ? undefined
    : `[${names
        .slice(0, last + 1)
        .map((name) => name ?? '')
        .join(', ')}]`;
}

function isTypeScript(file: ts.SourceFile): boolean {
  return /\.[cm]?tsx?$/.test(file.fileName);
}

function allSteps(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => {
    switch (step.kind) {
      case 'await':
        return [step, ...allSteps(step.body?.steps ?? []), ...(step.failure.kind === 'handle' ? allSteps(step.failure.steps) : [])];
      case 'branch':
      case 'switch':
        return [step, ...waysOf(step).flatMap(allSteps)];
      case 'opened':
      case 'detached':
      case 'group':
        return [step, ...allSteps(step.steps)];
      case 'hand-on':
        return [step, ...allSteps(step.body?.steps ?? [])];
      default:
        return [step];
    }
  });
}

function allAwaits(steps: readonly Step[]): AwaitStep[] {
  return steps.flatMap((step) => {
    if (step.kind === 'await') {
      return [step, ...allAwaits(step.body?.steps ?? []), ...(step.failure.kind === 'handle' ? allAwaits(step.failure.steps) : [])];
    }
    if (step.kind === 'group' || step.kind === 'opened') return allAwaits(step.steps);
    if (step.kind === 'hand-on') return allAwaits(step.body?.steps ?? []);
    return waysOf(step).flatMap(allAwaits);
  });
}

/** Does the comment stand between the brace and the first statement of the code for a failure? */
function opens({ steps: [first] }: Handler, comment: ts.CommentRange): boolean {
  const node = first !== undefined && 'node' in first ? first.node : undefined;
  if (node === undefined || !ts.isBlock(node.parent) || !ts.isIfStatement(node.parent.parent)) return false;
  return node.parent.getStart() < comment.pos && comment.end <= node.getStart();
}

/** Does the comment stand between a brace and the first statement of the block? */
function opensBlockOf(node: ts.Node, comment: ts.CommentRange): boolean {
  const { parent } = node;
  if (!ts.isBlock(parent) || parent.statements[0] !== node) return false;
  return parent.getStart() < comment.pos && comment.end <= node.getStart();
}

/** Does the comment stand in front of a function in a list? */
function isInFrontOf(fn: ts.Node, comment: ts.CommentRange): boolean {
  const element = ts.isPropertyAssignment(fn.parent) ? fn.parent : fn;
  return element.pos <= comment.pos && comment.end <= fn.getStart();
}

function isAbout(file: ts.SourceFile, fn: ts.FunctionDeclaration, comment: ts.CommentRange): boolean {
  const { start, end } = placed(file, fn);
  return start <= comment.pos && comment.end <= end;
}

export function hasHandOn(steps: readonly Step[]): boolean {
  return steps.some(
    (step) =>
      step.kind === 'hand-on' ||
      (step.kind === 'opened' && hasHandOn(step.steps)) ||
      ((step.kind === 'branch' || step.kind === 'switch') && waysOf(step).some(hasHandOn)),
  );
}
