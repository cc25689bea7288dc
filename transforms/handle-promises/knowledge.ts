/** What the parts of this transform know about the program, made once for a run over its files. */

import { ts } from 'ts-morph';
import type { FunctionNode } from '../../engine/async/functions.ts';
import type { Program } from '../../engine/program/program.ts';
import type { TransformContext } from '../../engine/transform.ts';
import { Certainty } from './certainty.ts';
import { Endless } from './endless.ts';
import { PromiseValues } from './promise-values.ts';
import { Rejections } from './rejection.ts';

export class Knowledge {
  readonly context: TransformContext;
  readonly program: Program;
  readonly values: PromiseValues;
  readonly rejections: Rejections;
  readonly endless: Endless;
  readonly certainty: Certainty;
  #processNotes: readonly string[] | undefined;

  constructor(context: TransformContext) {
    const { program } = context;
    const { graph } = context.asynchrony;
    this.context = context;
    this.program = program;
    this.values = new PromiseValues(program, graph);
    this.rejections = new Rejections(program, graph, this.values);
    this.endless = new Endless(program, graph);
    this.certainty = new Certainty(program, graph);
  }

  /** What a person should know of every fix: who saw all rejections so far. */
  get processNotes(): readonly string[] {
    this.#processNotes ??= findListeners(this.program);
    return this.#processNotes;
  }

  /** The function of the program that a name stands for. */
  functionOf(expression: ts.Expression): FunctionNode | undefined {
    const name = ts.isPropertyAccessExpression(expression) ? expression.name : expression;
    const symbol = this.program.symbolOf(name);
    return symbol && this.context.asynchrony.graph.functionOf(symbol);
  }
}

/** `process.on('unhandledRejection', …)` */
function findListeners(program: Program): string[] {
  return program.files.flatMap((file) =>
    /\.(?:on|once|addListener)\(\s*['"`]unhandledRejection['"`]/.test(file.text)
      ? [`The listener for \`unhandledRejection\` in ${program.pathOf(file)} no longer hears of it.`]
      : [],
  );
}
