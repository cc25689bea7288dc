/**
 * A function that other packages call with a callback: async inside, and `util.callbackify` around it, where it is exported or made.
 * It is never quite the same to them, so all of it is unsafe.
 */

import { ts } from 'ts-morph';
import { functionName, outermost, type FunctionNode } from '../../engine/async/functions.ts';
import type { ReplaceEdit, Reason } from '../../engine/finding.ts';
import { importHabit } from '../../engine/imports/habit.ts';
import type { Program } from '../../engine/program/program.ts';
import { completionsIn } from './completion.ts';
import { callsBackAtOnce, waitsFor } from './ends.ts';
import { allSites, type Flow } from './flow.ts';
import type { Conversion } from './host.ts';
import { awaitsIn } from './merge.ts';
import type { Step } from './steps.ts';

/** Where `callbackify(…)` goes around. */
type Place = { readonly kind: 'function' } | { readonly kind: 'name' | 'shorthand'; readonly node: ts.Identifier };

/** The conversion of a function that goes on taking a callback; `undefined` where a wrapper could not do what the function did. */
export function callbackified(program: Program, flow: Flow, conversion: Conversion): Conversion | undefined {
  const { fn, taker } = flow;
  if (taker === undefined || taker.optional || flow.shapeOf(fn) !== undefined || !waitsInside(flow)) return undefined;
  const file = fn.getSourceFile();
  if (!/\.[cm]?jsx?$/.test(file.fileName)) return undefined;
  if (allSites(flow).some(({ target }) => target.kind === 'taker' && target.fn === fn)) return undefined;
  const place = placeOf(program, fn);
  if (place === undefined) return undefined;
  const { text, imports, preambles } = importHabit(program, file).reference('util', 'callbackify', file);
  const path = program.pathOf(fn);
  const insert = (at: number, own: string): ReplaceEdit => ({ kind: 'replace', path, start: at, end: at, text: own });
  const start = fn.getStart(file);
  const edits =
    place.kind === 'function'
      ? [
          // What is said of the callback above the function is still true.
          ...conversion.edits
            .filter((edit) => edit.kind !== 'replace' || edit.start >= start)
            .map((edit) =>
              edit.kind === 'replace' && edit.start === start && edit.end === start ? { ...edit, text: `${text}(${edit.text}` } : edit,
            ),
          insert(fn.end, ')'),
        ]
      : place.kind === 'shorthand'
        ? [...conversion.edits, insert(place.node.end, `: ${text}(${place.node.text})`)]
        : [...conversion.edits, insert(place.node.getStart(file), `${text}(`), insert(place.node.end, ')')];
  return { ...conversion, edits, imports: [...conversion.imports, ...imports], preambles: [...conversion.preambles, ...preambles] };
}

/** Is there more to gain than the keyword? */
function waitsInside({ steps }: Flow): boolean {
  return awaitsIn(steps).length > 0;
}

function placeOf(program: Program, fn: FunctionNode): Place | undefined {
  if (ts.isFunctionExpression(fn) || ts.isArrowFunction(fn)) {
    const { parent } = outermost(fn);
    const isAssigned = ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && parent.left !== fn;
    return isAssigned || ts.isPropertyAssignment(parent) || ts.isVariableDeclaration(parent) ? { kind: 'function' } : undefined;
  }
  // A declaration has its name from the start: only where nothing but its export says it can that be another function.
  if (!ts.isFunctionDeclaration(fn) || fn.name === undefined || fn.modifiers !== undefined) return undefined;
  const symbol = program.symbolOf(fn.name);
  const [only, ...others] =
    symbol === undefined ? [] : program.references.to(symbol).filter((one) => one !== fn.name && !isMemberName(one));
  if (only === undefined || others.length > 0 || only.getSourceFile() !== fn.getSourceFile()) return undefined;
  const { parent } = only;
  if (ts.isShorthandPropertyAssignment(parent)) return { kind: 'shorthand', node: only };
  const isExported =
    (ts.isBinaryExpression(parent) && parent.right === only && /^(?:module\.)?exports\b/.test(parent.left.getText())) ||
    (ts.isPropertyAssignment(parent) && parent.initializer === only);
  return isExported ? { kind: 'name', node: only } : undefined;
}

/** `load` of `exports.load = load`. */
function isMemberName(name: ts.Identifier): boolean {
  const { parent } = name;
  return (ts.isPropertyAccessExpression(parent) && parent.name === name) || (ts.isPropertyAssignment(parent) && parent.name === name);
}

/** What those see of it who call the function from other packages. */
export function visibleDifference(flow: Flow, mayThrowAtOnce: boolean): Reason {
  const name = functionName(flow.fn);
  return {
    code: 'public-api',
    message: `\`${name}\` is part of what the package exports. ${differenceOf(flow, name, mayThrowAtOnce)}`,
    help: 'See that nobody relies on that, then apply the fix with --unsafe; or give up the callback with --public-api=change.',
  };
}

function differenceOf(flow: Flow, name: string, mayThrowAtOnce: boolean): string {
  if (callsBackAtOnce(flow) || failsAtOnce(flow.steps)) {
    return `\`${name}\` calls back before it returns where it has nothing to wait for; behind \`util.callbackify\` it does so later.`;
  }
  if (mayThrowAtOnce) {
    return `What \`${name}\` throws before it waits was thrown out of the call; \`util.callbackify\` gives it to the callback.`;
  }
  if (givesNothing(flow.steps)) {
    return `It gives the callback nothing on success; \`util.callbackify\` gives it \`undefined\`, which \`async.waterfall\` would hand on.`;
  }
  return 'What is thrown between its calls ended the process, and what Node says of wrong arguments was thrown; `util.callbackify` gives both to the callback.';
}

function givesNothing(steps: readonly Step[]): boolean {
  const isBare = completionsIn(steps).some(({ outcome, value }) => outcome === 'return' && value === undefined);
  return (
    isBare || steps.some((step) => step.kind === 'hand-on' && step.site.target.kind === 'api' && step.site.target.api.values.length === 0)
  );
}

function failsAtOnce(steps: readonly Step[]): boolean {
  const first = steps.findIndex(waitsFor);
  return completionsIn(first === -1 ? steps : steps.slice(0, first)).length > 0;
}
