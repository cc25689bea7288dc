/** The ends of a function that took a callback: what called it back, as `return` and `throw`. */

import { ts } from 'ts-morph';
import { sourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
import { startWithCast } from '../../engine/source/layout.ts';
import { slice, type TextEdit } from '../../engine/source/slice.ts';
import { waysOf, type CompleteStep, type Step } from './steps.ts';

export function completionsIn(steps: readonly Step[]): CompleteStep[] {
  return steps.flatMap((step) => {
    if (step.kind === 'complete') return [step];
    if (step.kind === 'opened' || step.kind === 'group') return completionsIn(step.steps);
    return waysOf(step).flatMap(completionsIn);
  });
}

export function editsOf(steps: readonly Step[]): TextEdit[] {
  return steps.flatMap((step) => {
    switch (step.kind) {
      case 'complete':
        return completionOf(step);
      case 'keep':
        return [...step.edits];
      case 'branch':
      case 'switch':
        return [...step.edits, ...waysOf(step).flatMap(editsOf)];
      default:
        return [];
    }
  });
}

/** `if (err) throw err;` in front of the statement for the value: a line each. */
export function guardText(file: ts.SourceFile, unless: ts.Expression, indentation: string, edits: readonly TextEdit[]): string {
  const { semicolon, eol } = sourceHabits(file);
  const error = slice(file, { start: unless.getStart(file), end: unless.end }, indentation, edits);
  return `if (${error}) throw ${error}${semicolon}${eol}${indentation}`;
}

/** What stands for no value where others give several: it can be taken apart. */
export function emptyResult({ shape, outcome }: CompleteStep): string {
  if (shape === undefined || outcome === 'throw') return '';
  return shape.kind === 'object' ? ' {}' : ' []';
}

/** What is written around several values, and between them; nothing where there is one. */
export function shapeEdits(step: CompleteStep): TextEdit[] {
  const { value, others = [], shape, outcome, node } = step;
  if (value === undefined || shape === undefined || outcome === 'throw') return [];
  const file = node.getSourceFile();
  const values = [value, ...others];
  const key = (index: number): string => {
    const one = values[index];
    return shape.kind === 'array' || (one !== undefined && isShorthand(step, one, index)) ? '' : `${shape.names[index] ?? index}: `;
  };
  const [open, close] = shape.kind === 'object' ? ['{ ', ' }'] : ['[', ']'];
  const separators = values.slice(1).map((one, index): TextEdit => ({
    start: values[index]?.end ?? one.getStart(file),
    end: startWithCast(file, one),
    text: `, ${key(index + 1)}`,
  }));
  const start = startWithCast(file, value);
  const { end } = values.at(-1) ?? value;
  return [{ start, end: start, text: open + key(0) }, ...separators, { start: end, end, text: close }];
}

/** `{ head }` for `{ head: head }`. */
export function isShorthand({ edits, shape }: CompleteStep, value: ts.Expression, index: number): boolean {
  if (!ts.isIdentifier(value) || shape?.kind !== 'object' || value.text !== shape.names[index]) return false;
  return !edits.some((edit) => edit.start < value.end && value.getStart() < edit.end);
}

/** The edits that turn `return cb(null, value);` into `return value;`, and `cb(err);` into `throw err;`. */
export function completionOf(step: CompleteStep): TextEdit[] {
  const { node, outcome, value, unless } = step;
  const file = node.getSourceFile();
  const start = node.getStart(file);
  const end = ts.isStatement(node) && node.getText(file).endsWith(';') ? node.end - 1 : node.end;
  const dropped = step.drops === undefined ? [] : [{ start: node.end, end: step.drops.end, text: '' }];
  const guard = unless === undefined ? '' : guardText(file, unless, indentationAt(file, start), step.edits);
  const moves = unless === undefined ? {} : { moves: true as const };
  if (value === undefined) return [{ start, end, text: guard + outcome + emptyResult(step), ...moves }, ...dropped];
  const last = step.others?.at(-1) ?? value;
  const from = startWithCast(file, value);
  const own = step.edits.filter((edit) => edit.start >= from && edit.end <= last.end);
  const [opening, ...between] = shapeEdits(step);
  return [
    { start, end: from, text: `${guard}${outcome} ${opening?.text ?? ''}`, ...moves },
    ...own,
    ...between.slice(0, -1),
    { start: last.end, end, text: between.at(-1)?.text ?? '' },
    ...dropped,
  ].filter((edit) => edit.start !== edit.end || edit.text !== '');
}
