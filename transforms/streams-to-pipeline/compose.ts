/** The text of a pipeline, put together from pieces of the original. */

import { ts } from 'ts-morph';
import { isAsync } from '../../engine/async/functions.ts';
import type { ImportNeed, PreambleNeed } from '../../engine/finding.ts';
import { importHabit } from '../../engine/imports/habit.ts';
import type { Program } from '../../engine/program/program.ts';
import { sourceHabits, type SourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { closingComments, commentsIn, placed } from '../../engine/source/layout.ts';
import { firstFree, isNameFree, isNameVisible, renameEdits, valueSymbol } from '../../engine/source/names.ts';
import { slice, type TextEdit } from '../../engine/source/slice.ts';
import type { Range } from '../../engine/text.ts';
import { closedGuard } from './closed-guard.ts';
import type { CopyLoop } from './copy-loop.ts';
import type { InlineFunction } from './handler.ts';
import { isNeutral } from './neutral-work.ts';
import { isEmptyWithout, type Success } from './endings.ts';
import type { Plan } from './plan.ts';
import { isReadAside, type Stage } from './wiring.ts';

/** Comments that stand above an argument of the pipeline, by its index. */
export type StageComments = ReadonlyMap<number, readonly string[]>;

/** The longest line that is written in one piece. */
const lineLength = 100;

export class Composer {
  readonly program: Program;
  readonly file: ts.SourceFile;
  readonly habits: SourceHabits;
  readonly plan: Plan;
  /** Statements that the pipeline needs at the top of the file. */
  readonly preambles: PreambleNeed[] = [];
  readonly imports: ImportNeed[] = [];
  /** What was copied: comments inside it survive there. */
  readonly copied: Range[] = [];

  constructor(program: Program, plan: Plan) {
    this.program = program;
    this.plan = plan;
    this.file = plan.wiring.list.getSourceFile();
    this.habits = sourceHabits(this.file);
  }

  /** The pieces of the file copied to a place that is indented by `to`. */
  copy(range: Range, to: string, edits: readonly TextEdit[] = []): string {
    this.copied.push(range);
    return slice(this.file, range, to, edits);
  }

  copyNode(node: ts.Node, to: string, edits: readonly TextEdit[] = []): string {
    return this.copy({ start: node.getStart(this.file), end: node.end }, to, edits);
  }

  /** @param held stages whose variable stays: they are named instead of made in place */
  stages(indent: string, held: ReadonlySet<Stage>): string[] {
    const texts = this.plan.stages.map((stage) => {
      if (held.has(stage)) return nameText(stage);
      return isReadAside(this.plan.stages, stage) ? this.copyNode(stage.base, indent) : this.stageText(stage, indent);
    });
    const { loop } = this.plan.wiring;
    if (loop?.digests && this.plan.stages.at(-1)?.kind?.role === 'mac') texts.splice(-1, 1, this.reader(loop, indent));
    if (loop?.work === 'stage') texts.splice(1, 0, isNeutral(loop) ? this.generator(loop, indent) : this.transform(loop, indent));
    return texts;
  }

  /** The stream with the calls on it that stay. */
  stageText(stage: Stage, indent: string): string {
    const kept = stage.links.filter((link) => !this.plan.consumed.has(link));
    return (
      this.copyNode(stage.base, indent, joinEdits(stage.base)) +
      kept.map((link) => this.copy(link, indent).replace(/^\s+(?=\.)/, '')).join('')
    );
  }

  /** The calls that read the last stream, to stand behind the pipeline, which gives that stream. */
  readers(indent: string, held: ReadonlySet<Stage>): string {
    const last = this.plan.stages.at(-1);
    if (last === undefined || held.has(last) || !isReadAside(this.plan.stages, last)) return '';
    return last.links
      .filter((link) => !this.plan.consumed.has(link))
      .map((link) => {
        const statement = this.plan.wiring.flows.find((flow) => link.start >= flow.pos && link.end <= flow.end) ?? link.call;
        const isDeeper = indentationAt(this.file, link.start) !== indentationAt(this.file, statement.getStart(this.file));
        return this.copy(link, isDeeper ? indent + this.habits.unit : indent);
      })
      .join('');
  }

  /** `pipeline(a, b, …)`, on one line if it fits, with the last argument's first line. */
  call(callee: string, args: readonly string[], indent: string, lead: string, comments: StageComments = new Map()): string {
    const oneLine = `${callee}(${args.join(', ')})`;
    const [head = ''] = oneLine.split(/\r?\n/, 1);
    const isBroken = comments.size > 0 || args.slice(0, -1).some((arg) => /[\r\n]/.test(arg));
    if (!isBroken && lead.length + indent.length + head.length <= lineLength) return oneLine;
    const { unit, eol } = this.habits;
    const inner = eol + indent + unit;
    const lines = args.map((arg, index) => {
      const above = (comments.get(index) ?? []).map((comment) => comment + inner).join('');
      // The argument was composed for `indent`; here it stands one step further in.
      return inner + above + this.deeper(arg);
    });
    return `${callee}(${lines.join(',')}${this.trailingComma()}${eol}${indent})`;
  }

  /** The statements in braces of their own, where one had none. */
  braced(statements: readonly string[], indent: string): string {
    const { unit, eol } = this.habits;
    return ['{', ...statements.map((statement) => unit + this.deeper(statement))].join(eol + indent) + `${eol}${indent}}`;
  }

  deeper(text: string): string {
    const { unit } = this.habits;
    return text.replace(/(\r?\n)(?=[^\r\n])/g, `$1${unit}`);
  }

  /** `async function* (source) { for await (const chunk of source) … }` for what the `data` handler made of a chunk. */
  generator(loop: CopyLoop, indent: string): string {
    const { unit, eol } = this.habits;
    const { fn } = loop;
    const [parameter] = fn.parameters;
    const chunk = parameter === undefined ? this.freeName(['chunk'], [fn]) : parameter.name.getText();
    const source = this.freeName(['source', 'chunks'], [fn]);
    const symbol = parameter && this.program.symbolOf(parameter.name);
    const assigned = symbol !== undefined && this.program.references.to(symbol).some((one) => isAssigned(one));
    const depth = indent + unit + unit;
    const edits = loop.writes.flatMap((write) => this.yieldEdits(write, fn));
    edits.push(...returnEdits(fn, loop, 'continue'));
    const lines = this.bodyLines(fn, [], depth, edits);
    const [first = '', second] = lines;
    const head = `for await (${assigned ? 'let' : 'const'} ${chunk} of ${source})`;
    const body =
      second === undefined && !/[\r\n]/.test(first) && first.length + head.length < lineLength - 20 && !first.includes('//')
        ? `${head} ${first}`
        : `${head} {${eol}${lines.map((line) => (line === '' ? '' : depth + line)).join(eol)}${eol}${indent}${unit}}`;
    return `async function* (${source}) {${eol}${indent}${unit}${body}${eol}${indent}}`;
  }

  /** `async (source) => { for await (const chunk of source) … }`, for a destination that must not be ended as a stream. */
  reader(loop: CopyLoop, indent: string): string {
    const { unit, eol, semicolon } = this.habits;
    const { fn } = loop;
    const chunk = fn.parameters[0]?.name.getText() ?? 'chunk';
    const source = this.freeName(['source', 'chunks'], [fn]);
    const calls = loop.writes.map((write) => this.copyNode(write, indent + unit));
    const head = this.usesArrows ? `async (${source}) =>` : `async function (${source})`;
    const body = `for await (const ${chunk} of ${source}) ${calls.join()}${semicolon}`;
    return `${head} {${eol}${indent}${unit}${body}${eol}${indent}}`;
  }

  /** `new Transform(…)` for work that minds where a chunk ends: it is given them as they come. */
  transform(loop: CopyLoop, indent: string): string {
    const { unit, eol, semicolon: end } = this.habits;
    const { fn } = loop;
    const { text, imports } = importHabit(this.program, this.file).reference('stream', 'Transform', this.plan.wiring.list);
    this.imports.push(...imports);
    const chunk = fn.parameters[0]?.name.getText() ?? this.freeName(['chunk'], [fn]);
    const encoding = this.freeName(['encoding', 'chunkEncoding'], [fn]);
    const callback = this.freeName(['callback', 'done', 'next'], [fn]);
    const depth = indent + unit + unit;
    // In a `function` of its own, `this` is another.
    const isApart = loop.writes.some((write) => isInPlainFunction(write, fn));
    const self = isApart ? this.freeName(['stage', 'self'], [fn]) : 'this';
    const edits = [
      ...loop.writes.flatMap((write) => this.#pushEdits(write, fn, callback, isInPlainFunction(write, fn) ? self : 'this')),
      ...returnEdits(fn, loop, `return ${callback}()`),
    ];
    const lines = [
      ...(isApart ? [`${this.habits.constant} ${self} = this${end}`] : []),
      ...this.bodyLines(fn, [], depth, edits),
      `${callback}()${end}`,
    ];
    const last = fn.body;
    const isLeft = ts.isBlock(last) && last.statements.at(-1) !== undefined && ts.isReturnStatement(last.statements.at(-1) ?? last);
    if (isLeft) lines.pop();
    const body = lines.map((line) => (line === '' ? '' : depth + line)).join(eol);
    const inner = indent + unit;
    return [
      `new ${text}({`,
      `${inner}objectMode: true,`,
      `${inner}transform(${chunk}, ${encoding}, ${callback}) {`,
      body,
      `${inner}}${this.trailingComma()}`,
      `${indent}})`,
    ].join(eol);
  }

  #pushEdits(write: ts.CallExpression, fn: InlineFunction, callback: string, self: string): TextEdit[] {
    const [value] = write.arguments;
    if (value === undefined) return [];
    const statement = write.parent;
    const isReturned = ts.isReturnStatement(statement) && fn.body !== write;
    const start = isReturned ? statement.getStart(this.file) : write.getStart(this.file);
    const isBare = isReturned && !ts.isBlock(statement.parent);
    const { semicolon: end } = this.habits;
    const after = isReturned ? `)${end === '' ? ';' : end} return ${callback}()` : ')';
    return [
      { start, end: value.getStart(this.file), text: `${isBare ? '{ ' : ''}${self}.push(` },
      { start: value.end, end: isBare ? statement.end : write.end, text: isBare ? `${after}${end} }` : after },
    ];
  }

  yieldEdits(write: ts.CallExpression, fn: InlineFunction): TextEdit[] {
    const [value] = write.arguments;
    if (value === undefined) return [];
    const statement = write.parent;
    const returned = ts.isReturnStatement(statement) && fn.body !== write;
    const start = returned ? statement.getStart(this.file) : write.getStart(this.file);
    const isLast = returned && ts.isBlock(fn.body) && fn.body.statements.at(-1) === statement;
    const leaves = returned && !isLast;
    const isBare = leaves && !ts.isBlock(statement.parent);
    const { semicolon: end } = this.habits;
    const after = leaves ? `${end === '' ? ';' : end} continue` : '';
    return [
      { start, end: value.getStart(this.file), text: isBare ? '{ yield ' : 'yield ' },
      { start: value.end, end: isBare ? statement.end : write.end, text: isBare ? `${after}${end} }` : after },
    ];
  }

  /** The statements of a handler, each with its comments, as lines for a place indented by `to`; a blank line is an empty text. */
  bodyLines(fn: InlineFunction, without: readonly ts.Node[], to: string, edits: readonly TextEdit[] = []): string[] {
    const { body } = fn;
    if (!ts.isBlock(body)) {
      if (without.some((node) => node === body)) return [];
      const text = this.copyNode(body, to, edits);
      return [guarded(text, this.habits.semicolon) + this.habits.semicolon];
    }
    const lines: string[] = [];
    for (const statement of body.statements) {
      if (without.some((node) => node === statement)) continue;
      const range = placed(this.file, statement);
      if (lines.length > 0 && range.blankBefore) lines.push('');
      const text = this.copy(range, to, edits);
      lines.push(text);
    }
    for (const comment of closingComments(this.file, body)) lines.push(this.copy({ start: comment.pos, end: comment.end }, to));
    const last = lines.at(-1);
    // In `{ done() }` the semicolon is left out before the brace.
    if (
      last !== undefined &&
      this.habits.semicolon === ';' &&
      /[\w$)\]'"`]$/.test(last) &&
      !/\/\/[^\r\n]*$/.test(last) &&
      !last.endsWith('*/')
    ) {
      lines[lines.length - 1] = `${last};`;
    }
    return lines;
  }

  successLines(to: string): string[] {
    const lines: string[] = [];
    for (const success of this.plan.success) {
      const { handler } = success;
      if (isEmptyWithout(handler, success.without)) continue;
      if (handler.kind === 'named') lines.push(`${this.copyNode(handler.callee, to)}()${this.habits.semicolon}`);
      else lines.push(...this.bodyLines(handler.fn, success.without, to));
    }
    return lines;
  }

  /** Does a body await? The function that it moves to must be async then. */
  get successIsAsync(): boolean {
    return this.plan.success.some(({ handler }) => handler.kind === 'inline' && isAsync(handler.fn));
  }

  get failureIsAsync(): boolean {
    const { failure } = this.plan;
    return failure.kind === 'handled' && failure.handler.kind === 'inline' && isAsync(failure.handler.fn);
  }

  /** The name of the error where failure and success are told apart, and the edits that give it to the handler's body. */
  errorName(): { name: string; edits: TextEdit[] } {
    const { failure, success } = this.plan;
    const bodies = success.flatMap(({ handler }) => (handler.kind === 'inline' ? [handler.fn] : [handler.callee]));
    const wanted = /\(err\b/.test(this.file.text) ? ['err', 'error'] : ['error', 'err'];
    if (failure.kind === 'handled' && failure.handler.kind === 'inline') {
      const { fn } = failure.handler;
      const [parameter] = fn.parameters;
      if (parameter !== undefined && ts.isIdentifier(parameter.name)) {
        const { text } = parameter.name;
        const symbol = valueSymbol(this.program, parameter.name);
        if (bodies.every((body) => isNameFree(this.program, text, body, new Set()))) return { name: text, edits: [] };
        const name = this.freeName(wanted, [...bodies, fn]);
        return { name, edits: symbol === undefined ? [] : renameEdits(this.program, symbol, fn.body, name) };
      }
      return { name: this.freeName(wanted, [...bodies, fn]), edits: [] };
    }
    if (failure.kind === 'handled' && failure.handler.kind === 'named')
      return { name: this.freeName(wanted, [...bodies, failure.handler.callee]), edits: [] };
    return { name: this.freeName(wanted, bodies), edits: [] };
  }

  freeName(wanted: readonly string[], regions: readonly ts.Node[]): string {
    const { list } = this.plan.wiring;
    return firstFree(
      wanted,
      (name) => !isNameVisible(this.program, name, list) && regions.every((region) => isNameFree(this.program, name, region, new Set())),
    );
  }

  /** Does the file write callbacks as arrow functions? One of the handlers decides, else the file. */
  get usesArrows(): boolean {
    const { failure, success, wiring } = this.plan;
    const handlers = [...success.map(({ handler }) => handler), ...(failure.kind === 'handled' ? [failure.handler] : [])];
    const inline = handlers.flatMap((handler) => (handler.kind === 'inline' ? [handler.fn] : []));
    const loop = wiring.loop?.fn;
    const all = loop === undefined ? inline : [...inline, loop];
    if (all.length > 0) return all.some((fn) => ts.isArrowFunction(fn));
    return this.habits.constant !== 'var' && (this.file.text.includes('=>') || !/\bfunction\s*\(/.test(this.file.text));
  }

  fn(parameters: string, lines: readonly string[], indent: string, async: boolean): string {
    const { eol, unit } = this.habits;
    const head = this.usesArrows ? `${async ? 'async ' : ''}(${parameters}) =>` : `${async ? 'async ' : ''}function (${parameters})`;
    // What it is given is not looked at.
    if (lines.length === 0) return this.usesArrows ? '() => {}' : 'function () {}';
    return `${head} {${eol}${lines.map((line) => (line === '' ? '' : indent + unit + line)).join(eol)}${eol}${indent}}`;
  }

  /** See `closed-guard.ts`. */
  closedGuard(codes: readonly string[]): string {
    const { name, preambles } = closedGuard(this.program, this.file, this.habits, codes);
    this.preambles.push(...preambles);
    return name;
  }

  /** Comments of `ranges` that nothing copied took along. */
  leftComments(ranges: readonly Range[]): string[] {
    return this.#comments(ranges).map((comment) => this.file.text.slice(comment.pos, comment.end));
  }

  #comments(ranges: readonly Range[]): ts.CommentRange[] {
    return ranges
      .flatMap((range) => commentsIn(this.file, range))
      .filter((comment) => !this.copied.some((range) => comment.pos >= range.start && comment.end <= range.end));
  }

  /** Comments between the calls of a chain, with the stage that they stand above or behind. They count as copied. */
  stageComments(): StageComments {
    const found = new Map<number, string[]>();
    const { stages, wiring } = this.plan;
    if (wiring.loop !== undefined) return found;
    // The conditions stay, with their comments.
    for (const flow of wiring.conditional === undefined ? wiring.flows : wiring.flows.slice(-1)) {
      for (const comment of this.#comments([{ start: flow.getStart(this.file), end: flow.end }])) {
        const index = this.#stageOf(stages, flow, comment);
        if (index === undefined) continue;
        found.set(index, [...(found.get(index) ?? []), this.file.text.slice(comment.pos, comment.end)]);
        this.copied.push({ start: comment.pos, end: comment.end });
      }
    }
    return found;
  }

  #stageOf(stages: readonly Stage[], flow: ts.Node, comment: ts.CommentRange): number | undefined {
    const bases = stages
      .map((stage, index) => ({ index, base: stage.base }))
      .filter(({ base }) => base.pos >= flow.pos && base.end <= flow.end);
    const before = bases.filter(({ base }) => base.end <= comment.pos).at(-1);
    const after = bases.find(({ base }) => base.getStart(this.file) >= comment.end);
    if (after === undefined || before === undefined) return (before ?? after)?.index;
    // Nothing but the `.pipe(` of the next stage between the comment and the stage: it is about the latter.
    const between = this.file.text.slice(comment.end, after.base.getStart(this.file)).replace(/\/\/.*|\/\*[^]*?\*\//g, '');
    const onOwnLine = /(?:^|\n)[ \t]*$/.test(this.file.text.slice(0, comment.pos));
    return onOwnLine && /^\s*\.\s*pipe\s*\(\s*$/.test(between) ? after.index : before.index;
  }

  trailingComma(): string {
    return /,\s*\n\s*\)/.test(this.file.text) ? ',' : '';
  }
}

/** `fs\n  .createReadStream(file)`, the first line of a chain that is no chain any more. */
function joinEdits(base: ts.Expression): TextEdit[] {
  if (!ts.isCallExpression(base) || !ts.isPropertyAccessExpression(base.expression)) return [];
  const { expression: object } = base.expression;
  const [gap = ''] = /^\s+(?=\.)/.exec(base.getSourceFile().text.slice(object.end)) ?? [];
  return ts.isIdentifier(object) && gap !== '' ? [{ start: object.end, end: object.end + gap.length, text: '' }] : [];
}

/** Does a function with a `this` of its own stand between? */
function isInPlainFunction(node: ts.Node, outer: ts.Node): boolean {
  for (let current = node.parent; current !== outer; current = current.parent) {
    if (ts.isFunctionExpression(current)) return true;
  }
  return false;
}

function nameText(stage: Stage): string {
  return stage.declaration === undefined ? stage.base.getText() : stage.declaration.name.getText();
}

export function effectiveSuccess(success: readonly Success[]): Success[] {
  return success.filter(({ handler, without }) => !isEmptyWithout(handler, without));
}

function returnEdits(fn: InlineFunction, loop: CopyLoop, instead: string): TextEdit[] {
  const edits: TextEdit[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isReturnStatement(node) && !loop.writes.some((write) => write === node.expression)) {
      edits.push({ start: node.getStart(), end: node.getStart() + 'return'.length, text: instead });
    }
    ts.forEachChild(node, visit);
  };
  if (ts.isBlock(fn.body)) ts.forEachChild(fn.body, visit);
  return edits;
}

function isAssigned(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  if (ts.isBinaryExpression(parent) && parent.left === identifier) {
    return parent.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && parent.operatorToken.kind <= ts.SyntaxKind.LastAssignment;
  }
  return ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent);
}

/** Without semicolons, a line that opens with a bracket would continue the one above. */
function guarded(text: string, semicolon: string): string {
  return semicolon === '' && /^[([`/+-]/.test(text) ? `;${text}` : text;
}
