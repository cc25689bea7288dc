/** Files that a browser loads as they are: it has none of Node's modules, and an old one no `async`. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { identifiersIn } from '../../engine/source/names.ts';

const browserGlobals = ['document', 'window'];

/** Names of Node that no browser has; a file without any of them, that imports nothing either, may be anything. */
const nodeNames = ['require', 'module', 'exports', 'process', 'global', 'Buffer', '__dirname', '__filename'];

const known = new WeakMap<ts.SourceFile, boolean>();

export function runsInBrowser(program: Program, file: ts.SourceFile): boolean {
  let answer = known.get(file);
  if (answer === undefined) known.set(file, (answer = usesBrowser(program, file) || isPlainScript(file)));
  return answer;
}

/** `document.title = …`, unless the file asks whether there is a `document`. */
function usesBrowser(program: Program, file: ts.SourceFile): boolean {
  return browserGlobals.some((name) => {
    const uses = identifiersIn(file, name).filter((one) => !isOfProgram(program, one));
    const isAsked = uses.some(({ parent }) => ts.isTypeOfExpression(parent));
    return !isAsked && uses.some((one) => ts.isPropertyAccessExpression(one.parent) && one.parent.expression === one);
  });
}

function isOfProgram(program: Program, name: ts.Identifier): boolean {
  return program.symbolOf(name)?.declarations?.some((one) => program.owns(one)) === true;
}

/** Nothing is imported or exported, and nothing is named that Node alone has. */
function isPlainScript(file: ts.SourceFile): boolean {
  if (file.text.startsWith('#!') || /\.[cm][jt]s$/.test(file.fileName) || file.statements.some(isOfModule)) return false;
  return nodeNames.every((name) => identifiersIn(file, name).length === 0);
}

function isOfModule(statement: ts.Statement): boolean {
  if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement) || ts.isExportAssignment(statement)) return true;
  if (ts.isImportEqualsDeclaration(statement)) return true;
  return ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}
