/** What a callback, and a function that takes one, must look like for their code to be moved. */

import { ts } from 'ts-morph';
import type { FunctionNode } from '../../engine/async/functions.ts';
import { usesArguments } from '../../engine/async/roles.ts';
import type { Program } from '../../engine/program/program.ts';
import { mentions } from './mentions.ts';
import { Obstacle } from './obstacle.ts';
import type { InlineCallback } from './sites.ts';
import { usesOwnThis } from './this.ts';

/** A function that looks at its arguments, or is declared several times, cannot just lose one. */
export function checkSignature(program: Program, fn: FunctionNode): void {
  const symbol = fn.name && program.symbolOf(fn.name);
  if ((symbol?.declarations ?? []).filter((one) => ts.isFunctionDeclaration(one) || ts.isMethodDeclaration(one)).length > 1) {
    throw new Obstacle(fn, 'callback-shape', 'The function has several signatures.', 'Convert its overloads by hand.');
  }
  if (fn.body !== undefined && !ts.isArrowFunction(fn) && usesArguments(fn.body)) {
    throw new Obstacle(fn, 'callback-shape', 'The function looks at its `arguments`.', 'Name the parameters that it takes.');
  }
}

export function checkCallback(program: Program, callback: InlineCallback): void {
  const refuse = (what: string, help: string): never => {
    throw new Obstacle(callback, 'callback-shape', what, help);
  };
  if (callback.modifiers !== undefined || ('asteriskToken' in callback && callback.asteriskToken !== undefined)) {
    refuse('The callback is async or a generator itself.', 'Make it a plain function.');
  }
  for (const parameter of callback.parameters) {
    if (parameter.dotDotDotToken !== undefined || parameter.initializer !== undefined) {
      refuse('The callback has rest parameters or defaults.', 'Name the parameters that the callback uses.');
    }
  }
  const [error] = callback.parameters;
  if (error !== undefined && !ts.isIdentifier(error.name))
    refuse('The error is taken apart in the parameter list.', 'Give the error a name.');
  if (ts.isArrowFunction(callback)) return;
  const symbol = callback.name && program.symbolOf(callback.name);
  if (symbol !== undefined && mentions(program, callback.body, symbol)) {
    refuse('The callback calls itself.', 'Write the repetition as a loop.');
  }
}

/** Apart from the rest, since it can be told without it how often a function calls back. */
export function checkOwnThis(callback: InlineCallback): void {
  if (ts.isArrowFunction(callback) || !usesOwnThis(callback.body)) return;
  throw new Obstacle(
    callback,
    'callback-shape',
    'The callback uses `this` or `arguments`, which would be those of the function around it.',
    'Take what is needed into a variable.',
  );
}
