/** The edits that put a pipeline in the place of the statements that connected the streams. */

import { ts } from 'ts-morph';
import { isAsync, isFunctionNode, isGenerator } from '../../engine/async/functions.ts';
import type { ImportNeed, PreambleNeed, ReplaceEdit } from '../../engine/finding.ts';
import { importHabit, type Reference } from '../../engine/imports/habit.ts';
import type { Program } from '../../engine/program/program.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { placed } from '../../engine/source/layout.ts';
import type { Range } from '../../engine/text.ts';
import type { Link } from './chain.ts';
import type { Conditional } from './conditional.ts';
import { Composer, effectiveSuccess } from './compose.ts';
import { isSameHandler, ownNodes, usesThis, type Handler } from './handler.ts';
import { declaredNames } from './endings.ts';
import type { Plan } from './plan.ts';
import { refusals, Refused } from './refusals.ts';
import { removals } from './removal.ts';
import { returnedAnswer } from './returned-answer.ts';
import { nameOf } from './stream-name.ts';
import { functionAround } from './uses.ts';
import { statementsOf } from './statement-list.ts';
import { isReadAside, type Stage } from './wiring.ts';

export interface Rewrite {
  readonly edits: readonly ReplaceEdit[];
  readonly imports: readonly ImportNeed[];
  readonly preambles: readonly PreambleNeed[];
  readonly notes: readonly string[];
}

export function rewriteInPlace(program: Program, plan: Plan): Rewrite {
  const composer = new Composer(program, plan);
  const { file } = composer;
  const { wiring } = plan;
  const path = program.pathOf(file);
  const at = wiring.flows.at(-1);
  if (at === undefined) throw new Error('A wiring has a connecting statement.');
  const indent = indentationAt(file, at.getStart(file));
  const held = heldStages(program, plan);
  const form = chooseForm(program, plan);
  const reference = pipelineReference(program, plan, form, at);
  const edits: ReplaceEdit[] = [];
  const args =
    wiring.conditional === undefined ? composer.stages(indent, held) : conditionalStages(composer, wiring.conditional, indent, edits);
  const statements = composeStatements(composer, form, reference.text, indent, held, args);
  const answer = returnedAnswer(program, at);
  if (answer !== undefined) statements.push(`return ${answer.text}${composer.habits.semicolon}`);
  else if (ts.isReturnStatement(at)) statements.push(`return ${statements.pop() ?? ''}`);

  const gone: Range[] = [{ start: at.getStart(file), end: at.end }];
  for (const stage of held) {
    const statement = stage.declaration?.parent.parent;
    if (statement === undefined || !ts.isVariableStatement(statement)) continue;
    const text = `${statement.declarationList.getFirstToken(file)?.getText(file) ?? 'const'} ${stage.declaration?.name.getText(file)} = ${composer.stageText(stage, indent)}${composer.habits.semicolon}`;
    if (statement === at) statements.unshift(text);
    else edits.push({ kind: 'replace', path, start: statement.getStart(file), end: statement.end, text });
  }
  const removed = new Set<ts.Statement>();
  for (const statement of wiring.flows) {
    if (!ts.isStatement(statement)) continue;
    if (statement === at || wiring.conditional !== undefined || [...held].some((stage) => stage.declaration?.parent.parent === statement))
      continue;
    removed.add(statement);
  }
  for (const { definition } of plan.stages) {
    if (definition !== undefined && definition.statement === wiring.conditional?.declared) continue;
    for (const link of definition?.links ?? []) {
      if (!plan.consumed.has(link)) continue;
      gone.push({ start: link.start, end: link.end });
      edits.push(removedLink(path, link));
    }
  }
  for (const { statement, chain } of wiring.listening) {
    const links = chain.segments[0]?.links ?? [];
    const consumed = links.filter((link) => plan.consumed.has(link));
    if (consumed.length === links.length) {
      removed.add(statement);
    } else {
      for (const link of consumed) {
        gone.push({ start: link.start, end: link.end });
        edits.push(removedLink(path, link));
      }
    }
  }
  gone.push(...[...removed].map((statement) => placed(file, statement)));
  edits.push(
    ...removals(file, statementsOf(wiring.list), removed).map((range): ReplaceEdit => ({ kind: 'replace', path, ...range, text: '' })),
  );
  const { eol } = composer.habits;
  const comments = composer.leftComments(gone);
  if (!ts.isStatement(at) && comments.length + statements.length > 1) throw new Refused(refusals.notStatement());
  const isBraced = answer !== undefined && wiring.list === at;
  const lines = isBraced ? composer.braced([...comments, ...statements], indent) : [...comments, ...statements].join(eol + indent);
  const text = ts.isStatement(at) ? lines : lines.replace(/;$/, '');
  edits.push({ kind: 'replace', path, start: at.getStart(file), end: at.end, text });
  const notes = form === 'await' ? [...plan.notes, awaitNote(plan)] : plan.notes;
  return { edits, imports: [...reference.imports, ...composer.imports], preambles: [...reference.preambles, ...composer.preambles], notes };
}

/** Makes the variable an array, and lets the conditions add to it. */
function conditionalStages(composer: Composer, conditional: Conditional, indent: string, edits: ReplaceEdit[]): string[] {
  const { file, plan, habits, program } = composer;
  const { declared, added, conditions } = conditional;
  const path = program.pathOf(file);
  const name = composer.freeName(['stages', 'streams'], [plan.wiring.list]);
  const kept = (stage: Stage, to: string): string =>
    composer.copyNode(stage.base, to) +
    [...(stage.definition?.statement === declared ? stage.definition.links : []), ...stage.links]
      .filter((link) => !plan.consumed.has(link))
      .map((link) => composer.copy(link, to))
      .join('');
  const [source, ...others] = plan.stages;
  if (source === undefined) throw new Error('A wiring has two stages at least.');
  const keyword = habits.constant === 'var' ? 'var' : 'const';
  edits.push({
    kind: 'replace',
    path,
    start: declared.getStart(file),
    end: declared.end,
    text: `${keyword} ${name} = [${kept(source, indent)}]${habits.semicolon}`,
  });
  for (const [index, { statement }] of added.entries()) {
    const stage = others[index];
    if (stage === undefined) throw new Error('A stage for each that is added.');
    const to = indentationAt(file, statement.getStart(file));
    const text = `${name}.push(${kept(stage, to)})`;
    edits.push({ kind: 'replace', path, start: statement.expression.getStart(file), end: statement.expression.end, text });
  }
  for (const condition of conditions) composer.copied.push({ start: condition.getStart(file), end: condition.end });
  const fixed = others.slice(added.length).map((stage) => kept(stage, indent));
  return [keyword === 'var' ? `${name}.concat(${fixed.join(', ')})` : `[${[`...${name}`, ...fixed].join(', ')}]`];
}

function awaitNote(plan: Plan): string {
  return `The function now ends when the pipeline does${plan.success.length > 0 ? ', and a throw of what follows rejects its promise' : ''}.`;
}

function removedLink(path: string, { start, end }: Link): ReplaceEdit {
  return { kind: 'replace', path, start, end, text: '' };
}

/** Stages whose variable is used by code that stays: it keeps its declaration, for what the chain was given. */
function heldStages(program: Program, { stages, wiring, consumed }: Plan): Set<Stage> {
  const held = new Set<Stage>();
  for (const stage of stages) {
    if (stage.declaration === undefined || stage.symbol === undefined) continue;
    const gone = [
      ...wiring.flows,
      ...wiring.listening
        .filter(({ chain }) => chain.segments[0]?.links.every((link) => consumed.has(link)) === true)
        .map(({ statement }) => statement.expression),
    ];
    const bases = wiring.listening.map(({ chain }) => chain.segments[0]?.base);
    const remaining = program.references.to(stage.symbol).some((identifier) => {
      if (identifier === stage.declaration?.name) return false;
      const inGone = gone.find((node) => identifier.pos >= node.pos && identifier.end <= node.end);
      if (inGone === undefined) return true;
      // In the body of a handler that moves the name is still needed.
      return !bases.includes(identifier) && functionAround(identifier) !== functionAround(wiring.list);
    });
    if (remaining) held.add(stage);
  }
  return held;
}

/**
 * - `callback`: `pipeline(…, callback)`
 * - `promise`: `pipeline(…).then(…)`: for a destination that may be gone already, where newer Nodes let the callback form throw
 * - `await`: in an async function that has nothing more to do
 */
type Form = 'callback' | 'promise' | 'await';

function chooseForm(program: Program, plan: Plan): Form {
  if (mayAwait(program, plan)) return 'await';
  return plan.mayBeGone || plan.keepsOpen ? 'promise' : 'callback';
}

/** Sources that come to an end by themselves: awaiting them waits for nothing that the code behind has to do first. */
function endsByItself({ kind, base }: Stage): boolean {
  return kind?.role === 'file' || (ts.isCallExpression(base) && base.expression.getText().endsWith('Readable.from'));
}

function mayAwait(program: Program, plan: Plan): boolean {
  const { wiring, failure, stages } = plan;
  // After a failure, too, the caller gets the response.
  if (wiring.flows.some((flow) => returnedAnswer(program, flow) !== undefined)) return false;
  if (stages.some((stage) => isReadAside(stages, stage))) return false;
  const fn = functionAround(wiring.list);
  if (!isFunctionNode(fn) || !isAsync(fn) || isGenerator(fn) || fn.body !== wiring.list || !ts.isBlock(wiring.list)) return false;
  const [source] = stages;
  if (failure.kind !== 'handled' || failure.keeps === true || source === undefined || !endsByItself(source)) return false;
  const own = new Set<ts.Node>([...wiring.flows, ...wiring.listening.map(({ statement }) => statement)]);
  const { statements } = wiring.list;
  const at = statements.findIndex((statement) => statement === wiring.flows.at(-1));
  if (statements.slice(at).some((statement) => !own.has(statement))) return false;
  // Listeners that stay must be there before the wait.
  if (wiring.listening.some(({ chain }) => chain.segments[0]?.links.some((link) => !plan.consumed.has(link)))) return false;
  // TypeScript knows nothing of what is caught, where the handler had an error.
  if (/\.[cm]?tsx?$/.test(fn.getSourceFile().fileName) && !isParameterless(failure.handler)) return false;
  const bodies = effectiveSuccess(plan.success).flatMap(({ handler }) => (handler.kind === 'inline' ? [handler.fn] : []));
  const failing = failure.handler.kind === 'inline' ? [failure.handler.fn] : [];
  for (const body of [...bodies, ...failing]) {
    if (ts.isBlock(body.body) && ownNodes(body.body, ts.isReturnStatement).some((statement) => statement.expression !== undefined))
      return false;
    if (!ts.isArrowFunction(body) && usesThis(body.body)) return false;
  }
  return bodies.every(({ body }) => !ts.isBlock(body) || !declaredNames(body).some((name) => mentionedOutside(fn, body, name)));
}

function isParameterless(handler: Handler): boolean {
  return handler.kind === 'inline' && handler.fn.parameters.length === 0;
}

/** Does the function mention the name anywhere but in `body`? */
function mentionedOutside(fn: ts.Node, body: ts.Node, name: string): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (node === body || found) return;
    if (ts.isIdentifier(node) && node.text === name) found = true;
    ts.forEachChild(node, visit);
  };
  visit(fn);
  return found;
}

function pipelineReference(program: Program, plan: Plan, form: Form, at: ts.Node): Reference {
  const habit = importHabit(program, plan.wiring.list.getSourceFile());
  return habit.reference(form === 'callback' ? 'stream' : 'stream/promises', 'pipeline', at);
}

function composeStatements(
  composer: Composer,
  form: Form,
  callee: string,
  indent: string,
  held: ReadonlySet<Stage>,
  stages: readonly string[],
): string[] {
  const { plan, habits } = composer;
  const { semicolon: end, unit } = habits;
  const args = [...stages];
  if (plan.keepsOpen) args.push('{ end: false }');
  switch (form) {
    case 'callback': {
      args.push(callback(composer, indent));
      const readers = composer.readers(indent, held);
      return [`${composer.call(callee, args, indent, '', composer.stageComments())}${readers}${end}`];
    }
    case 'promise': {
      const settling = settled(composer, indent);
      const last = nameOf(plan.stages.at(-1)?.base);
      const lead =
        plan.failure.kind === 'told' && opensLine(composer, plan)
          ? [`// Every failure destroys ${last}, whose listener is told of it.`]
          : [];
      return [...lead, `${composer.call(callee, args, indent, '', composer.stageComments())}${settling}${end}`];
    }
    case 'await': {
      const { name, edits } = composer.errorName();
      const inner = indent + unit;
      const success = composer.successLines(indent);
      const failure = failureLines(composer, name, edits, inner);
      const call = `await ${composer.call(callee, args, inner, 'await ', composer.stageComments())}${end}`;
      if (success.length > 0 && !leaves(failure)) failure.push(`return${end}`);
      const caught = failure.some((line) => new RegExp(`\\b${name}\\b`).test(line)) ? `catch (${name})` : 'catch';
      const lines = ['try {', unit + call, `} ${caught} {`, ...failure.map((line) => (line === '' ? '' : unit + line)), '}', ...success];
      return [lines.join(habits.eol + indent).replace(/[ \t]+(?=\r?\n\s*\r?\n)/g, '')];
    }
  }
}

/** Does nothing stand before the statement on its line, so that a comment can be put above it? */
function opensLine({ file }: Composer, { wiring }: Plan): boolean {
  const start = wiring.flows.at(-1)?.getStart(file) ?? 0;
  return /(?:^|\n)[ \t]*$/.test(file.text.slice(0, start));
}

function callback(composer: Composer, indent: string): string {
  const { plan, habits } = composer;
  const { failure, success } = plan;
  const effective = effectiveSuccess(success);
  const [only, ...others] = effective;
  if (
    failure.kind === 'handled' &&
    failure.handler.kind === 'named' &&
    only !== undefined &&
    others.length === 0 &&
    isBare(failure.handler.callee) &&
    isSameHandler(composer.program, failure.handler, only.handler)
  ) {
    return composer.copyNode(failure.handler.callee, indent);
  }
  const inner = indent + habits.unit;
  const { name, edits } = composer.errorName();
  const lines = composer.successLines(inner);
  const test = [
    name,
    ...(failure.kind === 'thrown' ? failure.passes.map((code) => `${name}.code !== ${quoted(code, habits.quote)}`) : []),
  ].join(' && ');
  return composer.fn(
    name,
    [...guard(composer, test, name, edits, inner, lines.length > 0), ...lines],
    indent,
    composer.successIsAsync || composer.failureIsAsync,
  );
}

/** `if (error) …`, and out of the function when code for the success follows. */
function guard(
  composer: Composer,
  test: string,
  name: string,
  edits: Parameters<Composer['bodyLines']>[3],
  indent: string,
  more: boolean,
): string[] {
  const { plan, habits } = composer;
  const { failure } = plan;
  const { semicolon: end, unit, eol } = habits;
  if (failure.kind === 'thrown') {
    // What is passed over is no failure, but no success either.
    const passes = more && failure.passes.length > 0 ? [`if (${name}) return${end}`] : [];
    return [`if (${test}) throw ${name}${end}`, ...passes];
  }
  if (failure.kind === 'told') return more ? [`if (${test}) return${end}`] : [];
  if (failure.handler.kind === 'named')
    return [`if (${test}) ${more ? 'return ' : ''}${composer.copyNode(failure.handler.callee, indent)}(${name})${end}`];
  const lines = composer.bodyLines(failure.handler.fn, failure.without, indent + unit, edits);
  const [only = '', second] = lines;
  if (lines.length === 0) return more ? [`if (${test}) return${end}`] : [];
  if (
    second === undefined &&
    !more &&
    !/[\r\n]|\/\//.test(only) &&
    only.length < 70 &&
    !/^(?:if|for|while|try|const|let|class|switch)\b/.test(only)
  ) {
    return [`if (${test}) ${only}`];
  }
  if (more && !leaves(lines)) lines.push(`return${end}`);
  return [`if (${test}) {${eol}${lines.map((line) => (line === '' ? '' : indent + unit + line)).join(eol)}${eol}${indent}}`];
}

function leaves(lines: readonly string[]): boolean {
  return /^(?:return|throw)\b/.test(lines.at(-1) ?? '');
}

function failureLines(composer: Composer, name: string, edits: Parameters<Composer['bodyLines']>[3], indent: string): string[] {
  const { failure } = composer.plan;
  if (failure.kind !== 'handled') return [`throw ${name}${composer.habits.semicolon}`];
  if (failure.handler.kind === 'named')
    return [`${composer.copyNode(failure.handler.callee, indent)}(${name})${composer.habits.semicolon}`];
  return composer.bodyLines(failure.handler.fn, failure.without, indent, edits);
}

/** Can it be handed on as it is? A method would lose its object. */
function isBare(callee: ts.Expression): boolean {
  return ts.isIdentifier(callee) || callee.getText().startsWith('console.');
}

/** `.catch(…)`, or `.then(success, failure)`: a throw of the one never reaches the other. */
function settled(composer: Composer, indent: string): string {
  const { plan, habits } = composer;
  const { failure } = plan;
  const inner = indent + habits.unit;
  const { name, edits } = composer.errorName();
  let failing: string;
  if (failure.kind === 'thrown') {
    failing = composer.closedGuard(failure.passes);
  } else if (failure.kind === 'told') {
    failing = composer.fn('', [], indent, false);
  } else if (failure.handler.kind === 'named') {
    const callee = composer.copyNode(failure.handler.callee, indent);
    failing = isBare(failure.handler.callee) ? callee : composer.fn(name, [`${callee}(${name})${habits.semicolon}`], indent, false);
  } else {
    const { fn } = failure.handler;
    failing = composer.fn(
      fn.parameters.length === 0 ? '' : name,
      composer.bodyLines(fn, failure.without, inner, edits),
      indent,
      composer.failureIsAsync,
    );
  }
  const lines = composer.successLines(inner);
  if (lines.length === 0) return `.catch(${failing})`;
  const { eol } = habits;
  const handlers = [composer.fn('', lines, indent, composer.successIsAsync), failing].map((text) => eol + inner + composer.deeper(text));
  return `.then(${handlers.join(',')}${composer.trailingComma()}${eol}${indent})`;
}

function quoted(text: string, quote: string): string {
  return quote + text + quote;
}
