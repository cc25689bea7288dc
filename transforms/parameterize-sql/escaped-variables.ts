/** Values that are escaped in a statement of their own: `name = connection.escape(name);`, before the text is built. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { isWritten } from './assignments.ts';
import { withoutEscape } from './evidence.ts';
import type { SourceEdit } from './rewrite.ts';
import { unwrap } from './unwrap.ts';

/**
 * @param plainOf the value that is escaped by an expression
 * @param isHole whether a use of the variable becomes a placeholder: nothing else may see what is escaped no more
 * @returns the edits that take the escape away; undefined when the value is not such a variable
 */
export function escapeTakenAway(
  program: Program,
  value: ts.Expression,
  isHole: (use: ts.Identifier) => boolean,
  plainOf: (escaped: ts.Expression) => ts.Expression | undefined = (escaped) => withoutEscape(program, escaped),
): readonly SourceEdit[] | undefined {
  const inner = unwrap(value);
  const symbol = ts.isIdentifier(inner) ? program.symbolOf(inner) : undefined;
  const declaration = symbol?.valueDeclaration;
  if (symbol === undefined || declaration === undefined || !program.owns(declaration)) return undefined;
  if (!(ts.isVariableDeclaration(declaration) || ts.isParameter(declaration)) || !ts.isIdentifier(declaration.name)) return undefined;
  const uses = program.references.to(symbol).filter((use) => use !== declaration.name);
  const writes = uses.filter((use) => isWritten(use));
  const [write] = writes;
  if (write === undefined) return declared(declaration, uses, isHole, plainOf);
  return writes.length === 1 ? assigned(declaration, write, inner, uses, isHole, plainOf) : undefined;
}

/** `const name = connection.escape(request.body.name)` */
function declared(
  declaration: ts.VariableDeclaration | ts.ParameterDeclaration,
  uses: readonly ts.Identifier[],
  isHole: (use: ts.Identifier) => boolean,
  plainOf: (escaped: ts.Expression) => ts.Expression | undefined,
): readonly SourceEdit[] | undefined {
  const { initializer } = declaration;
  const plain = initializer !== undefined && ts.isVariableDeclaration(declaration) ? plainOf(initializer) : undefined;
  if (initializer === undefined || plain === undefined || !uses.every(isHole)) return undefined;
  return [{ start: initializer.getStart(), end: initializer.end, text: plain.getText() }];
}

/** `name = connection.escape(name);` */
function assigned(
  declaration: ts.VariableDeclaration | ts.ParameterDeclaration,
  write: ts.Identifier,
  hole: ts.Node,
  uses: readonly ts.Identifier[],
  isHole: (use: ts.Identifier) => boolean,
  plainOf: (escaped: ts.Expression) => ts.Expression | undefined,
): readonly SourceEdit[] | undefined {
  const assignment = write.parent;
  const statement = assignment.parent;
  if (!ts.isBinaryExpression(assignment) || assignment.left !== write || !ts.isExpressionStatement(statement)) return undefined;
  const plain = plainOf(assignment.right);
  // Where the variable has a value already, and the statement may not run, the value would be escaped or not.
  const runsBefore = ts.isBlock(statement.parent) && statement.end <= hole.pos && inside(statement.parent, hole);
  if (plain === undefined || !runsBefore || declaration.initializer !== undefined) return undefined;
  if (!uses.every((use) => use === write || inside(plain, use) || isHole(use) || isAskedBefore(use, statement))) return undefined;
  const own = unwrap(plain);
  const same = ts.isIdentifier(own) && own.text === write.text;
  return [same ? removal(statement) : { start: assignment.right.getStart(), end: assignment.right.end, text: plain.getText() }];
}

/** The variable as it was before, as in `if (id) {` around it all. */
function isAskedBefore(use: ts.Identifier, statement: ts.Statement): boolean {
  return use.end <= statement.getStart();
}

function inside(outer: ts.Node, inner: ts.Node): boolean {
  return inner.pos >= outer.pos && inner.end <= outer.end;
}

/** The statement with its line, if it has one of its own. */
function removal(statement: ts.Statement): SourceEdit {
  const { text } = statement.getSourceFile();
  const start = statement.getStart();
  const line = text.lastIndexOf('\n', start - 1) + 1;
  const next = text.indexOf('\n', statement.end);
  const alone = text.slice(line, start).trim() === '' && next !== -1 && text.slice(statement.end, next).trim() === '';
  return alone ? { start: line, end: next + 1, text: '' } : { start, end: statement.end, text: '' };
}
