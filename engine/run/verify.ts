/** Is the new text of a file still a program? A second parser, strict about early errors, has to agree. */

import { parse } from '@babel/parser';
import { ts } from 'ts-morph';

/**
 * @param tree that of `after`
 * @returns what is wrong with `after` and was not with `file`, else undefined
 */
export function newFault(file: ts.SourceFile, after: string, tree: ts.SourceFile): string | undefined {
  // In memory only: written as UTF-8 it would be another character.
  if (/\p{Surrogate}/u.test(after)) return 'half of a surrogate pair (a lone surrogate), which no file can hold';
  return syntaxFault(tree) ?? misplacedAwait(tree) ?? earlyError(file, after);
}

/** The first syntax error of a tree, as a sentence with its line. */
export function syntaxFault(file: ts.SourceFile): string | undefined {
  const [first] = parseDiagnostics(file);
  // TypeScript reads every file in strict mode: octal escapes and the like are for the other parser to judge.
  if (first === undefined || strictParse(file.fileName, file.text) === undefined) return undefined;
  const { line, character } = ts.getLineAndCharacterOfPosition(file, first.start);
  const message = ts.flattenDiagnosticMessageText(first.messageText, ' ');
  return `line ${line + 1}, column ${character + 1}: ${message}`;
}

/** TypeScript keeps them on the tree, but does not say so in its types. */
function parseDiagnostics(file: ts.SourceFile): readonly ts.DiagnosticWithLocation[] {
  const { parseDiagnostics: found } = file as ts.SourceFile & { readonly parseDiagnostics?: readonly ts.DiagnosticWithLocation[] };
  return found ?? [];
}

/** TypeScript parses `await x` in a function that is not async, and complains only when it checks types. */
function misplacedAwait(file: ts.SourceFile): string | undefined {
  let fault: string | undefined;
  const visit = (node: ts.Node, allowed: boolean): void => {
    if (fault !== undefined) return;
    if (ts.isAwaitExpression(node) && !allowed) {
      fault = `line ${ts.getLineAndCharacterOfPosition(file, node.getStart(file)).line + 1}: “await” in a function that is not async`;
      return;
    }
    const inside = ts.isFunctionLike(node) ? isAsync(node) : ts.isPropertyDeclaration(node) ? false : allowed;
    ts.forEachChild(node, (child) => visit(child, inside));
  };
  // At the top level the early errors of the other parser decide.
  visit(file, true);
  return fault;
}

function isAsync(node: ts.SignatureDeclaration): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((modifier) => modifier.kind === ts.SyntaxKind.AsyncKeyword) ?? false);
}

/** Redeclared names, misplaced `await` and `return`: what Node would refuse to load. Silent when the file was refused before. */
function earlyError(file: ts.SourceFile, after: string): string | undefined {
  const fault = strictParse(file.fileName, after);
  if (fault === undefined || strictParse(file.fileName, file.text) !== undefined) return undefined;
  return fault;
}

function strictParse(fileName: string, text: string): string | undefined {
  const typescript = /\.[cm]?tsx?$/.test(fileName);
  const jsx = !/\.[cm]?ts$/.test(fileName);
  const plugins = [
    ...(typescript ? (['typescript', 'decorators-legacy'] as const) : (['decorators-legacy'] as const)),
    ...(jsx ? (['jsx'] as const) : []),
  ];
  try {
    parse(text, { sourceType: 'unambiguous', allowReturnOutsideFunction: true, plugins: [...plugins] });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
