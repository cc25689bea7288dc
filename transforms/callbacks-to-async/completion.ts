/** The ends of a function that took a callback: what called it back, as `return` and `throw`. */

import { ts } from 'ts-morph';
import { sourceHabits } from '../../engine/source/habits.ts';
import { indentationAt } from '../../engine/source/indentation.ts';
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

/** The edits that turn `return cb(null, value);` into `return value;`, and `cb(err);` into `throw err;`. */
export function completionOf(step: CompleteStep): TextEdit[] {
  const { node, outcome, value, unless } = step;
  const file = node.getSourceFile();
  const start = node.getStart(file);
  const end = ts.isStatement(node) && node.getText(file).endsWith(';') ? node.end - 1 : node.end;
  const dropped = step.drops === undefined ? [] : [{ start: node.end, end: step.drops.end, text: '' }];
  const guard = unless === undefined ? '' : guardText(file, unless, indentationAt(file, start), step.edits);
  const moves = unless === undefined ? {} : { moves: true as const };
  if (value === undefined) return [{ start, end, text: guard + outcome, ...moves }, ...dropped];
  const own = step.edits.filter((edit) => edit.start >= value.getStart(file) && edit.end <= value.end);
  return [
    { start, end: value.getStart(file), text: `${guard}${outcome} `, ...moves },
    ...own,
    { start: value.end, end, text: '' },
    ...dropped,
  ].filter((edit) => edit.start !== edit.end || edit.text !== '');
}
