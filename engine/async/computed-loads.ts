/** `require(expression)`: which files it may load, and what becomes of the module that it gives. */

import path from 'node:path';
import { ts } from 'ts-morph';
import type { Program } from '../program/program.ts';
import { argumentOf, outermost } from './functions.ts';

/** A `require(expression)` that may load any file of a folder. */
export interface ComputedLoad {
  readonly call: ts.CallExpression;
  /** Absolute, with a trailing separator. */
  readonly folder: string;
  /** The last part of the path where it is constant, such as `package.json`. */
  readonly ending: string | undefined;
}

/** What becomes of a module that is loaded in a way that no symbol tells. */
export type Reach =
  /** Its members are read by their names, where the name index finds them. */
  | 'members'
  /** It is called or constructed itself, too. */
  | 'called'
  /** It is passed on to where that cannot be seen. */
  | 'anywhere';

export function mayLoad(load: ComputedLoad, file: ts.SourceFile): boolean {
  if (load.call.getSourceFile() === file || !file.fileName.startsWith(load.folder)) return false;
  if (load.ending === undefined) return true;
  const { base, name, dir } = path.parse(file.fileName);
  return base === load.ending || name === load.ending || (name === 'index' && path.basename(dir) === load.ending);
}

export function computedLoads(file: ts.SourceFile): ComputedLoad[] {
  if (!/\b(require|import)\s*\(/.test(file.text)) return [];
  const found: ComputedLoad[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const loads =
        node.expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(node.expression) && node.expression.text === 'require');
      const [first] = node.arguments;
      if (loads && first !== undefined && !ts.isStringLiteralLike(first)) {
        const folder = path.join(path.dirname(file.fileName), constantStart(first));
        found.push({ call: node, folder: folder.endsWith(path.sep) ? folder : folder + path.sep, ending: constantEnd(first) });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The folder that the text of a computed path begins with: `./routes/` of `'./routes/' + name`, `routes` of `path.join(__dirname, 'routes', name)`. */
function constantStart(expression: ts.Expression): string {
  if (ts.isBinaryExpression(expression)) return constantStart(expression.left);
  if (ts.isStringLiteralLike(expression)) return folderOf(expression.text);
  if (ts.isTemplateExpression(expression)) {
    const [span] = expression.templateSpans;
    if (expression.head.text !== '') return folderOf(expression.head.text);
    return span !== undefined && isDirname(span.expression) ? folderOf(span.literal.text) : '.';
  }
  if (isPathCall(expression)) {
    const parts: string[] = [];
    for (const argument of expression.arguments) {
      if (isDirname(argument)) continue;
      if (!ts.isStringLiteralLike(argument)) break;
      parts.push(argument.text);
    }
    return path.join('.', ...parts);
  }
  return '.';
}

/** `package.json` of `path.join(root, 'package.json')`, `support` of `__dirname + '/support'`. */
function constantEnd(expression: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(expression)) return expression.text.includes('/') ? path.posix.basename(expression.text) : undefined;
  if (ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.PlusToken) return constantEnd(expression.right);
  if (ts.isTemplateExpression(expression)) {
    const last = expression.templateSpans.at(-1)?.literal.text ?? '';
    return last.includes('/') ? path.posix.basename(last) || undefined : undefined;
  }
  if (isPathCall(expression)) {
    const last = expression.arguments.at(-1);
    if (last === undefined || !ts.isStringLiteralLike(last)) return undefined;
    const name = path.posix.basename(last.text);
    return name === '' || name === '.' || name === '..' ? undefined : name;
  }
  return undefined;
}

function isPathCall(expression: ts.Expression): expression is ts.CallExpression {
  return ts.isCallExpression(expression) && /\b(join|resolve)$/.test(expression.expression.getText());
}

function folderOf(text: string): string {
  return text.startsWith('.') || text.startsWith('/') ? `.${path.sep}${text.slice(0, text.lastIndexOf('/') + 1)}` : '.';
}

function isDirname(node: ts.Expression): boolean {
  return ts.isIdentifier(node) && node.text === '__dirname';
}

/** Follows the value of the call through the variables that hold it. */
export function reachOf(program: Program, load: ts.CallExpression): Reach {
  const seen = new Set<ts.Node>();
  const isImport = load.expression.kind === ts.SyntaxKind.ImportKeyword;
  let reach: Reach = 'members';
  const name = (identifier: ts.Node): void => {
    const symbol = program.symbolOf(identifier);
    if (symbol === undefined || isExported(symbol)) {
      reach = 'anywhere';
      return;
    }
    for (const use of program.references.to(symbol)) if (use !== identifier) value(use);
  };
  const value = (expression: ts.Expression): void => {
    const whole = outermost(expression);
    if (seen.has(whole) || reach === 'anywhere') return;
    seen.add(whole);
    const { parent } = whole;
    if (ts.isPropertyAccessExpression(parent) && parent.expression === whole) {
      // `load.call(this)` calls it; `module.default` is the module itself to a transpiler.
      if (/^(call|apply|bind)$/.test(parent.name.text)) reach = 'called';
      return;
    }
    if (ts.isElementAccessExpression(parent) && parent.expression === whole) {
      if (!ts.isStringLiteralLike(parent.argumentExpression)) reach = 'anywhere';
    } else if ((ts.isCallExpression(parent) || ts.isNewExpression(parent)) && parent.expression === whole) {
      reach = 'called';
    } else if (ts.isVariableDeclaration(parent)) {
      if (parent.name === whole) return;
      if (ts.isIdentifier(parent.name)) name(parent.name);
      else if (!ts.isObjectBindingPattern(parent.name) || parent.name.elements.some((element) => element.dotDotDotToken !== undefined)) {
        reach = 'anywhere';
      }
    } else if (ts.isBinaryExpression(parent)) {
      operand(whole, parent);
    } else if (ts.isConditionalExpression(parent)) {
      if (parent.condition !== whole) value(parent);
    } else if (!isOnlyTested(whole, parent) && !isLookedAt(program, expression)) {
      reach = 'anywhere';
    }
  };
  const operand = (whole: ts.Node, parent: ts.BinaryExpression): void => {
    const { kind } = parent.operatorToken;
    if (kind === ts.SyntaxKind.EqualsToken) {
      if (parent.left === whole) return;
      if (!ts.isIdentifier(parent.left)) {
        reach = 'anywhere';
        return;
      }
      name(parent.left);
      value(parent);
    } else if (
      kind === ts.SyntaxKind.BarBarToken ||
      kind === ts.SyntaxKind.AmpersandAmpersandToken ||
      kind === ts.SyntaxKind.QuestionQuestionToken
    ) {
      value(parent);
    }
  };
  if (!isImport) value(load);
  else if (ts.isAwaitExpression(load.parent)) value(load.parent);
  else reach = 'anywhere';
  return reach;
}

function isExported(symbol: ts.Symbol): boolean {
  return symbol.declarations?.every((one) => ts.isVariableDeclaration(one) && !isExportedVariable(one)) !== true;
}

function isExportedVariable(declaration: ts.VariableDeclaration): boolean {
  const statement = declaration.parent.parent;
  return ts.isVariableStatement(statement) && statement.modifiers !== undefined;
}

function isOnlyTested(value: ts.Node, parent: ts.Node): boolean {
  if (ts.isTypeOfExpression(parent) || ts.isExpressionStatement(parent) || ts.isVoidExpression(parent)) return true;
  if (ts.isPrefixUnaryExpression(parent)) return true;
  return (ts.isIfStatement(parent) || ts.isWhileStatement(parent)) && parent.expression === value;
}

/** Handed to a function of the language that does nothing but look at it. */
function isLookedAt(program: Program, value: ts.Expression): boolean {
  const argument = argumentOf(value);
  return argument !== undefined && program.originOf(argument.call.expression)?.key === 'global.Object.keys';
}
