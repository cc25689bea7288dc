import { describe, expect, test } from '@jest/globals';
import { ts } from 'ts-morph';
import { readProjectConfig } from '../../engine/program/compiler-options.ts';
import { Program } from '../../engine/program/program.ts';

const root = '/nowhere/project';

function programOf(files: Readonly<Record<string, string>>): Program {
  const sources = Object.entries(files).map(([path, text]) => ({ path, text, bom: false }));
  return new Program({ root, compilerOptions: readProjectConfig(root).options }, sources);
}

/** The names, by file, of which the program says another thing than the type checker does. */
function differing(files: Readonly<Record<string, string>>): string[] {
  const program = programOf(files);
  const found: string[] = [];
  for (const file of program.files) {
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && program.symbolAt(node) !== program.checker.getSymbolAtLocation(node))
        found.push(`${program.pathOf(node)}: ${node.parent.getText()}`);
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return found;
}

const store = {
  'store.js': 'exports.load = load; exports.limit = 10; exports.Store = class Store {}; function load(id) { return id; }',
};

describe('what a name means is told by scopes and tables as the checker tells it', () => {
  const cases: Readonly<Record<string, string>> = {
    'for members of a required module': `const store = require('./store'); store.load(store.limit); new store.Store();`,
    'for members that it does not have': `const store = require('./store'); store.save(store.load);`,
    'for a module that may be something else': `let store = require('./store'); store = {}; store.load();`,
    'for a module that is looked at': `const store = require('./store'); if (store instanceof Map) store.load(); else store.limit;`,
    'for a module whose kind is asked': `const store = require('./store'); if (typeof store === 'string') store.load();`,
    'for a parameter of the same name': `const store = require('./store'); function open(store) { return store.load(store); }`,
    'for a member that is set': `const store = require('./store'); store.load = () => 1; store.load();`,
    'for names in lists, texts and arrows':
      'const limit = 1; const all = [limit, ...[limit], `${limit}`]; const give = () => limit; typeof all;',
    'for what is declared in `with`': 'with (Math) { var low = floor(1.5); low; }',
    'for functions and variables by their declarations':
      'var count = 0; function next() { return count++; } for (const one of [next]) one();',
  };

  test.each(Object.entries(cases))('%s', (_, text) => {
    expect(differing({ ...store, 'main.js': text })).toEqual([]);
  });

  test('for a module that exports one thing', () => {
    const files = {
      'load.js': 'module.exports = load; load.limit = 3; function load() {}',
      'main.js': `const load = require('./load'); load.limit;`,
    };
    expect(differing(files)).toEqual([]);
  });

  test('for an ES module, and for one that another file adds to', () => {
    const files = {
      'store.ts': 'export function load(): number { return 1; } export interface Row { id: number }',
      'more.ts': `import './store'; declare module './store' { interface Row { name: string } }`,
      'main.js': `const store = require('./store'); store.load();`,
    };
    expect(differing(files)).toEqual([]);
  });
});
