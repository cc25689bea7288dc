/** `execSync(command)`: when what `exec` gives in a promise can take its place, and how it differs all the same. */

import { ts } from 'ts-morph';
import { ancestors } from '../../engine/async/ancestors.ts';
import { outermost } from '../../engine/async/functions.ts';
import type { Reason } from '../../engine/finding.ts';
import { identifiersIn } from '../../engine/source/names.ts';

/** Options that mean the same to both. */
const shared = new Set(['cwd', 'env', 'encoding', 'timeout', 'maxBuffer', 'shell', 'uid', 'gid', 'killSignal', 'windowsHide']);

/** A clause that says why what the call gives, or throws, would be missed. */
export function outputObstacle(call: ts.CallExpression): string | undefined {
  const options = call.arguments.length > 1 ? call.arguments.at(-1) : undefined;
  let encoded = false;
  if (options !== undefined && !ts.isArrayLiteralExpression(options)) {
    if (!ts.isObjectLiteralExpression(options)) return 'is given options that cannot be told';
    for (const property of options.properties) {
      const name = property.name?.getText();
      if (name === undefined || !shared.has(name)) return `with the option \`${name ?? '...'}\` does what its promise form does not`;
      if (name !== 'encoding') continue;
      const value = ts.isPropertyAssignment(property) ? property.initializer.getText().replace(/['"`]/g, '') : '';
      if (!/^utf-?8$/i.test(value)) return 'gives a buffer, where its promise form gives text';
      encoded = true;
    }
  }
  if (!encoded && !isDiscarded(call) && !isMadeText(call)) return 'gives a buffer, where its promise form gives text';
  return readsError(call) ? 'throws an error with `status`, output and a message that its promise form gives otherwise' : undefined;
}

/** What reviewers must know of each such fix. */
export function outputReason(name: string): Reason {
  return {
    code: 'no-twin',
    message: `\`${name}\` prints what the command writes to stderr and closes its stdin, and its promise form does neither.`,
    help: 'Check that the command reads no input, and that nobody looks for its messages.',
  };
}

export function isDiscarded(call: ts.CallExpression): boolean {
  return ts.isExpressionStatement(outermost(call).parent);
}

/** `execSync(command).toString()`, of which a text gives itself. */
function isMadeText(call: ts.CallExpression): boolean {
  const value = outermost(call);
  const access = value.parent;
  if (!ts.isPropertyAccessExpression(access) || access.name.text !== 'toString' || access.expression !== value) {
    const argument = access;
    return ts.isCallExpression(argument) && argument.expression.getText() === 'String' && argument.arguments[0] === value;
  }
  if (!ts.isCallExpression(access.parent)) return false;
  const [encoding] = access.parent.arguments;
  return encoding === undefined || /^['"]utf-?8['"]$/i.test(encoding.getText());
}

/** A `catch` around the call that looks at the error: besides its properties the end of its message differs. */
function readsError(call: ts.CallExpression): boolean {
  for (const { parent, child } of ancestors(call)) {
    if (ts.isFunctionLike(parent)) return false;
    if (!ts.isTryStatement(parent) || parent.tryBlock !== child || parent.catchClause === undefined) continue;
    const name = parent.catchClause.variableDeclaration?.name;
    if (name === undefined) return false;
    return !ts.isIdentifier(name) || identifiersIn(parent.catchClause.block, name.text).length > 0;
  }
  return false;
}
