/** What is written for a blocking call: the reference to its twin, or why there is none. */

import { ts } from 'ts-morph';
import type { BlockingCall, Twin } from '../../catalog/blocking-calls.ts';
import type { Reason } from '../../engine/finding.ts';
import { importHabit, type Reference } from '../../engine/imports/habit.ts';
import type { Program } from '../../engine/program/program.ts';
import { outputObstacle } from './command-output.ts';
import type { Site } from './sites.ts';

/** The twin that the installed or declared version has; a message where there is none. */
export function twinOf(
  program: Program,
  { call, row }: Site,
): Twin | { readonly kind: 'missing'; readonly why: string; readonly help: string } {
  const { since, earlier, twin } = row;
  if (since === undefined) return twin;
  const version = program.packages.majorVersion(call.getSourceFile().fileName, since.package);
  if (version !== undefined && version >= since.major) return twin;
  if (version !== undefined && earlier !== undefined) return earlier;
  if (twin.kind === 'none') return twin;
  return {
    kind: 'missing',
    why: `has no promise form before ${since.package} ${since.major}, and the version here is ${version ?? 'not known'}`,
    help: `Declare or upgrade ${since.package}.`,
  };
}

/** Why the twin would not do the same for these arguments. */
export function twinObstacle(program: Program, site: Site): Reason | undefined {
  const { call, row, name } = site;
  const noTwin = (why: string, help: string): Reason => ({ code: 'no-twin', message: `\`${name}\` ${why}.`, help });
  const twin = twinOf(program, site);
  if (twin.kind === 'none') return noTwin(`has no exact promise form: ${twin.why}`, twin.help);
  if (twin.kind === 'missing') return noTwin(twin.why, twin.help);
  if (call.questionDotToken !== undefined || ts.isOptionalChain(call)) {
    return { code: 'control-flow', message: `\`${name}\` is called through \`?.\`.`, help: 'Call it plainly.' };
  }
  if (call.arguments.some(ts.isSpreadElement)) return noTwin('is given arguments that cannot be told', 'Name the arguments.');
  if (call.arguments.length < (row.minimumArguments ?? 0))
    return noTwin('is given fewer arguments than its promise form needs', 'Give all.');
  if (row.takesDescriptor === true && isDescriptor(program, call.arguments[0])) {
    return noTwin('is given a file descriptor, which its promise form does not take', 'Read from a file handle, or from `process.stdin`.');
  }
  if (twin.kind === 'output') {
    const why = outputObstacle(call);
    if (why !== undefined)
      return noTwin(why, 'Use `util.promisify(execFile)`, and adapt what reads `status`, `stderr` or inherits the output.');
  }
  return unlikeOption(row, call, noTwin);
}

function isDescriptor(program: Program, argument: ts.Expression | undefined): boolean {
  if (argument === undefined) return true;
  if (ts.isStringLiteralLike(argument)) return argument.text === '/dev/stdin';
  const type = program.checker.getTypeAtLocation(argument);
  const every = type.isUnion() ? type.types : [type];
  return every.some((one) => (one.flags & ts.TypeFlags.NumberLike) !== 0) || program.originOf(argument)?.key === 'fs.openSync()';
}

function unlikeOption(row: BlockingCall, call: ts.CallExpression, noTwin: (why: string, help: string) => Reason): Reason | undefined {
  const options = call.arguments[1];
  if (row.unlike === undefined || options === undefined) return undefined;
  const help = 'Write the options in place, without it.';
  if (!ts.isObjectLiteralExpression(options)) {
    return ts.isStringLiteralLike(options) ? undefined : noTwin('is given options that cannot be told', help);
  }
  for (const { option, value, why } of row.unlike) {
    for (const property of options.properties) {
      if (ts.isSpreadAssignment(property)) return noTwin('is given options that cannot be told', help);
      if (property.name.getText() !== option) continue;
      const isFalse = ts.isPropertyAssignment(property) && property.initializer.kind === ts.SyntaxKind.FalseKeyword;
      if (value === true && isFalse) continue;
      return noTwin(`with the option \`${option}\` ${why}`, help);
    }
  }
  return undefined;
}

/** The expression to call, where `call` stands. */
export function twinReference(program: Program, site: Site): Reference {
  const { call } = site;
  const habit = importHabit(program, call.getSourceFile());
  const twin = twinOf(program, site);
  switch (twin.kind) {
    case 'promise':
      return promiseReference(program, call, twin.module, twin.name);
    case 'exists':
      return accessReference(program, call);
    case 'promisify':
    case 'output':
      return habit.promisified(twin.module, twin.name, call);
    case 'object':
    case 'none':
    case 'missing':
      return { text: objectText(call), imports: [], preambles: [] };
  }
}

/** Of a file that `call` looks at: whether it is there. */
export function accessReference(program: Program, call: ts.CallExpression): Reference {
  return promiseReference(program, call, 'fs/promises', 'access');
}

function promiseReference(program: Program, call: ts.CallExpression, module: string, name: string): Reference {
  const found = importHabit(program, call.getSourceFile()).reference(module, name, call);
  if (found.imports.length === 0 || !ts.isPropertyAccessExpression(call.expression)) return found;
  // A namespace that is bound in an inner scope, or required in place, is at hand all the same.
  const receiver = call.expression.expression;
  const key = program.originOf(receiver)?.key;
  if (key === module) return { text: `${receiver.getText()}.${name}`, imports: [], preambles: [] };
  if (module === 'fs/promises' && key === 'fs') return { text: `${receiver.getText()}.promises.${name}`, imports: [], preambles: [] };
  return found;
}

function objectText(call: ts.CallExpression): string {
  return ts.isPropertyAccessExpression(call.expression) ? call.expression.expression.getText() : call.expression.getText();
}
