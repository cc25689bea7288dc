/** Each row of the catalog of roots, and each barrier that a refusal may name, has a fixture of its own: shown by what the fixtures hold and say, not by their names. */

import { afterAll, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ts } from 'ts-morph';
import { decoratorRoots, roots, type RootRow } from '../../catalog/roots.ts';
import { isDecoratedRoot, optionRoot, roleOfArgument } from '../../engine/async/roles.ts';
import { readProjectConfig } from '../../engine/program/compiler-options.ts';
import { Program } from '../../engine/program/program.ts';
import { isFunctionNode } from '../../engine/async/functions.ts';
import { fixtureCases, readTree, writeTree, type FixtureCase } from '../fixtures/cases.ts';

const workplace = mkdtempSync(path.join(tmpdir(), 'nodelift-covered-'));
afterAll(() => rmSync(workplace, { recursive: true }));

const cases = fixtureCases().filter(({ transform }) => transform === 'sync-to-promises');
const findingsOf = ({ folder }: FixtureCase): string => {
  const file = path.join(folder, 'findings.txt');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};

/** The packages that this repository has installed are none of the case's. */
function programOf({ folder }: FixtureCase): Program {
  const root = mkdtempSync(path.join(workplace, 'case-'));
  const tree = readTree(path.join(folder, 'input'));
  writeTree(root, tree);
  const sources = Object.entries(tree)
    .filter(([name]) => /\.[cm]?[jt]sx?$/.test(name))
    .map(([name, text]) => ({ path: name, text, bom: false }));
  return new Program({ root, compilerOptions: readProjectConfig(root).options }, sources);
}

/** The rows that the functions in a program stand at, and the decorators. */
function rootsIn(program: Program): ReadonlySet<RootRow | 'decorated'> {
  const found = new Set<RootRow | 'decorated'>();
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      node.arguments.forEach((argument, index) => {
        if (ts.isObjectLiteralExpression(argument) || ts.isStringLiteralLike(argument)) return;
        const role = roleOfArgument(program, node, index);
        if (role.kind === 'root') found.add(role.row);
      });
    } else if (ts.isPropertyAssignment(node) || ts.isMethodDeclaration(node)) {
      const option = optionRoot(program, node.parent, node.name.getText());
      const role = option && roleOfArgument(program, option.call, option.index, option.option);
      if (role?.kind === 'root') found.add(role.row);
    }
    if (isFunctionNode(node) && isDecoratedRoot(program, node)) found.add('decorated');
    ts.forEachChild(node, visit);
  };
  for (const file of program.files) visit(file);
  return found;
}

test('each root has a fixture in which something is fixed', () => {
  const shown = new Set<RootRow | 'decorated'>();
  for (const one of cases) {
    // Handlers of promise libraries stand at rows of their own.
    if (shown.has('decorated') && roots.every((row) => shown.has(row))) break;
    if (!/ fixed(?: \(|:)/.test(findingsOf(one))) continue;
    for (const row of rootsIn(programOf(one))) shown.add(row);
  }
  const named = ({ framework, since, until, arguments: taken }: RootRow): string =>
    `${framework}, from ${since ?? 'any'} to ${until ?? 'any'}, ${JSON.stringify(taken)}`;
  expect(roots.filter((row) => !shown.has(row)).map(named)).toEqual([]);
  expect(decoratorRoots.length > 0 && !shown.has('decorated')).toBe(false);
});

/** Of the sentences that say what a barrier is, in the sources of the engine: the longest piece that is always the same. */
function barrierSentences(): string[] {
  const folder = path.join(import.meta.dirname, '..', '..', 'engine', 'async');
  const sentences: string[] = [];
  for (const name of ['fact-finder.ts', 'await-context.ts', 'asynchrony.ts', 'constructor-function.ts']) {
    const file = ts.createSourceFile(name, readFileSync(path.join(folder, name), 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      if (ts.isObjectLiteralExpression(node)) {
        const text = (key: string): ts.Expression | undefined => {
          const property = node.properties.find((one) => ts.isPropertyAssignment(one) && one.name.getText() === key);
          return property !== undefined && ts.isPropertyAssignment(property) ? property.initializer : undefined;
        };
        const kinds = [text('code'), text('kind')].map((one) => one?.getText());
        const what = text('what');
        if (kinds.includes("'barrier'") && what !== undefined) sentences.push(...longestPiece(what));
      } else if (ts.isCallExpression(node) && node.expression.getText() === 'self') {
        const [subject, predicate] = node.arguments;
        if (subject !== undefined) sentences.push(...longestPiece(subject));
        if (predicate !== undefined) sentences.push(...longestPiece(predicate));
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return [...new Set(sentences)];
}

function longestPiece(expression: ts.Expression): string[] {
  const pieces = ts.isTemplateExpression(expression)
    ? [expression.head.text, ...expression.templateSpans.map(({ literal }) => literal.text)]
    : ts.isStringLiteralLike(expression)
      ? [expression.text]
      : [];
  const longest = pieces.map((piece) => piece.replace(/^[`\s(),]+|[`\s(),]+$/g, '')).sort((a, b) => b.length - a.length)[0];
  return longest === undefined || longest.length < 4 ? [] : [longest];
}

test('each barrier is named in the findings of a fixture', () => {
  const told = cases.map(findingsOf).join('\n').toLowerCase();
  const sentences = barrierSentences();
  expect(sentences.length).toBeGreaterThan(15);
  expect(sentences.filter((sentence) => !told.includes(sentence.toLowerCase()))).toEqual([]);
});
