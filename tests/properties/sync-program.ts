/**
 * Whole programs of several modules whose functions block, in CommonJS or as ES modules, written the ways people write them. Every program ends:
 * functions call only what was declared before them, and themselves with a smaller number. `main` exports `async run(name, n)`.
 */

import { Choices } from './choices.ts';
import { bodyOf, text, type Callee, type Home, type Scope } from './sync-body.ts';

export interface GeneratedProgram {
  readonly esm: boolean;
  /** By path, in the program's own folder. */
  readonly files: Readonly<Record<string, string>>;
  readonly entry: string;
}

/**
 * @param numbers the first 60 decide about `main`, which calls everything, the others about the rest
 * @param id makes the program's names its own, so that many programs can share one run
 */
export function programFrom(numbers: readonly number[], id: string): GeneratedProgram {
  return new Writer(new Choices(numbers.slice(60)), new Choices(numbers.slice(0, 60)), id).program();
}

/** A function that modules can import: through what its module exports under `entity`, then `path`. */
interface Shared {
  readonly module: Module;
  readonly entity: string;
  /** `.load`, `[n > 0 ? 'load' : 'find']`, or nothing. */
  readonly path: (scope: Scope) => string;
  readonly async: boolean;
  readonly passable: boolean;
  /** `new Store('a')` stands before the path. */
  readonly construct: boolean;
}

type Form =
  'declaration' | 'arrow' | 'expression' | 'exported' | 'object' | 'class' | 'static' | 'prototype' | 'table' | 'derived' | 'mixin';

class Module implements Home {
  readonly name: string;
  readonly #esm: boolean;
  readonly #choices: Choices;
  readonly #counted: (stem: string) => string;
  readonly #habits = new Map<string, string>();
  readonly #named = new Map<string, Set<string>>();
  readonly #imports = new Map<string, string>();
  readonly state: Home['state'];
  readonly declarations: string[] = [];
  /** The local expression of what is exported, by its exported name. */
  readonly exported = new Map<string, string>();
  readonly #exportStyle: string;
  readonly #specifierPrefix: string;

  constructor(name: string, esm: boolean, choices: Choices, counted: (stem: string) => string) {
    this.name = name;
    this.#esm = esm;
    this.#choices = choices;
    this.#counted = counted;
    this.state = choices.percent(40) ? { counter: counted('count'), cache: counted('cache') } : undefined;
    this.#exportStyle = choices.pick(['single', 'literal', 'chained']);
    this.#specifierPrefix = choices.percent(25) ? 'node:' : '';
  }

  fresh(stem: string): string {
    return this.#counted(stem);
  }

  get file(): string {
    return `${this.name}.${this.#esm ? 'mjs' : 'js'}`;
  }

  blocking(module: 'fs' | 'zlib', name: string): string {
    let habit = this.#habits.get(module);
    if (habit === undefined) {
      habit = this.#choices.pick(['whole', 'named']);
      this.#habits.set(module, habit);
    }
    const names = this.#named.get(module) ?? new Set();
    this.#named.set(module, names.add(name));
    return habit === 'named' ? name : `${module}.${name}`;
  }

  /** The expression for what another module exports, imported in one of the ways there are. */
  imported(from: Module, entity: string): string {
    if (from === this) return this.exported.get(entity) ?? entity;
    const specifier = `./${from.file}`;
    const style = this.#choices.pick(['whole', 'named', 'renamed', 'in place']);
    if (style === 'in place' && !this.#esm) return `require('${specifier}').${entity}`;
    const key = `${from.name} ${style} ${style === 'whole' ? '' : entity}`;
    const known = this.#imports.get(key);
    if (known !== undefined) return style === 'whole' ? `${localOf(known)}.${entity}` : localOf(known);
    const local = style === 'named' && ![...this.#imports.values()].some((one) => localOf(one) === entity) ? entity : this.fresh('lib');
    const names = local === entity ? entity : this.#esm ? `${entity} as ${local}` : `${entity}: ${local}`;
    if (style === 'whole') {
      this.#imports.set(key, this.#esm ? `import * as ${local} from '${specifier}';` : `const ${local} = require('${specifier}');`);
      return `${local}.${entity}`;
    }
    this.#imports.set(key, this.#esm ? `import { ${names} } from '${specifier}';` : `const { ${names} } = require('${specifier}');`);
    return local;
  }

  text(): string {
    const { state } = this;
    const lines = [...this.#builtins(), ...this.#imports.values(), ''];
    if (state !== undefined) lines.push(`let ${state.counter} = 0;`, `const ${state.cache} = {};`, '');
    return [...lines, ...this.declarations, '', ...this.#exports(), ''].join('\n');
  }

  #builtins(): string[] {
    return [...this.#named].map(([module, names]) => {
      const specifier = this.#specifierPrefix + module;
      const list = [...names].join(', ');
      if (this.#habits.get(module) === 'named') {
        return this.#esm ? `import { ${list} } from '${specifier}';` : `const { ${list} } = require('${specifier}');`;
      }
      return this.#esm ? `import ${module} from '${specifier}';` : `const ${module} = require('${specifier}');`;
    });
  }

  #exports(): string[] {
    const all = [...this.exported].filter(([name, local]) => local !== `exports.${name}`);
    const pairs = all.map(([name, local]) => (name === local ? name : this.#esm ? `${local} as ${name}` : `${name}: ${local}`));
    if (this.#esm) return [`export { ${pairs.join(', ')} };`];
    // Beside `exports.x = …` in the module, a new `module.exports` would lose that.
    const style = all.length < this.exported.size ? 'single' : this.#exportStyle;
    if (style === 'literal') return [`module.exports = { ${pairs.join(', ')} };`];
    if (style === 'chained') return ['exports = module.exports = {};', ...all.map(([name, local]) => `exports.${name} = ${local};`)];
    return all.map(([name, local]) => `exports.${name} = ${local};`);
  }
}

function keyOf(shared: Shared | undefined): string {
  return shared === undefined ? '' : shared.entity + shared.path({ number: 'n' } as Scope);
}

function localOf(statement: string): string {
  return /(?:\* as|as|:|\{|const) ([\w$]+)(?: \})? (?:from|=)/.exec(statement)?.[1] ?? '';
}

class Writer {
  #choices: Choices;
  readonly #choicesOfMain: Choices;
  readonly #id: string;
  readonly #esm: boolean;
  readonly #shared: Shared[] = [];
  readonly #called = new Set<string>();
  #count = 0;

  constructor(choices: Choices, choicesOfMain: Choices, id: string) {
    this.#choices = choices;
    this.#choicesOfMain = choicesOfMain;
    this.#id = id;
    this.#esm = choicesOfMain.percent(40);
  }

  program(): GeneratedProgram {
    const modules: Module[] = [];
    const names = ['store', 'tools', 'reader'].slice(0, 1 + this.#choicesOfMain.below(2) + (this.#choicesOfMain.percent(15) ? 1 : 0));
    for (const name of names) {
      const module = this.#module(name);
      modules.push(module);
      for (let left = 1 + this.#choices.below(2); left > 0; left -= 1) this.#entity(module);
    }
    this.#choices = this.#choicesOfMain;
    const barrel = this.#choices.percent(15) ? this.#barrel(modules[0]) : undefined;
    const main = this.#module('main');
    this.#main(main);
    const files = Object.fromEntries([...modules, main].map((module) => [module.file, module.text()]));
    return { esm: this.#esm, files: barrel === undefined ? files : { ...files, ...barrel }, entry: main.file };
  }

  #module(name: string): Module {
    return new Module(name, this.#esm, this.#choices, (stem) => this.#fresh(stem));
  }

  #fresh(stem: string): string {
    this.#count += 1;
    return `${stem}${this.#count}_${this.#id}`;
  }

  /** A module that only passes on what the first one exports; from here on it is imported instead. */
  #barrel(from: Module | undefined): Record<string, string> | undefined {
    if (from === undefined) return undefined;
    const file = `index.${this.#esm ? 'mjs' : 'js'}`;
    const names = [...from.exported.keys()];
    const each = names.map((name) => `exports.${name} = require('./${from.file}').${name};`).join('\n');
    const text = this.#esm
      ? this.#choices.pick([`export * from './${from.file}';\n`, `export { ${names.join(', ')} } from './${from.file}';\n`])
      : this.#choices.pick([`module.exports = require('./${from.file}');\n`, `${each}\n`]);
    for (const [index, shared] of this.#shared.entries()) {
      if (shared.module === from && this.#choices.percent(50)) {
        const barrel = Object.create(from, { file: { value: file }, name: { value: 'index' } }) as Module;
        this.#shared[index] = { ...shared, module: barrel };
      }
    }
    return { [file]: text };
  }

  #main(module: Module): void {
    if (this.#choices.percent(25)) {
      const name = this.#fresh('step');
      module.declarations.push(`async function ${name}(name, n) {\n${this.#body(module, { async: true })}\n}`);
      module.exported.set(name, name);
      this.#shared.push({ module, entity: name, path: () => '', async: true, passable: true, construct: false });
    }
    const body = this.#body(module, { async: true, length: 1 + this.#choices.below(3) });
    module.declarations.push(`async function run(name, n) {\n${[...this.#callsOfTheRest(module), body].join('\n')}\n}`);
    module.exported.set('run', 'run');
  }

  /** What nobody has called so far, so that nothing is dead. */
  #callsOfTheRest(module: Module): string[] {
    const callees = this.#callees(module);
    const rest = callees.filter((_, index) => !this.#called.has(keyOf(this.#shared[index])));
    return rest.map((callee, index) => {
      const target = callee.reference(this.#scope(module, { async: true }));
      const call = `${callee.async ? 'await ' : ''}${target}(${index === 0 ? 'name' : "'b.txt'"}, n)`;
      const seen = this.#fresh('error');
      return this.#choices.percent(70)
        ? `  try {\n    trace(${call});\n  } catch (${seen}) {\n    trace(String(${seen}.code || ${seen}.message));\n  }`
        : `  trace(${call});`;
    });
  }

  #callees(module: Module): Callee[] {
    return this.#shared.map((shared) => ({
      async: shared.async,
      passable: shared.passable,
      reference: (scope) => {
        this.#called.add(keyOf(shared));
        const target = module.imported(shared.module, shared.entity);
        return (shared.construct ? `new ${target.includes('(') ? `(${target})` : target}('root')` : target) + shared.path(scope);
      },
    }));
  }

  #scope(module: Module, changes: Partial<Scope> = {}): Scope {
    return {
      home: module,
      choices: this.#choices,
      texts: ['name'],
      assignable: [],
      number: 'n',
      callees: this.#callees(module),
      self: undefined,
      async: false,
      depth: 2,
      loop: undefined,
      returns: 'text',
      indent: '  ',
      ...changes,
    };
  }

  #body(module: Module, changes: Partial<Scope> & { length?: number } = {}): string {
    return bodyOf(this.#scope(module, changes), changes.length ?? 1 + this.#choices.below(2));
  }

  #entity(module: Module): void {
    const commonJsOnly: [number, Form][] = this.#esm ? [] : [[3, 'exported']];
    const form = this.#choices.weighted<Form>([
      [5, 'declaration'],
      [3, 'arrow'],
      [2, 'expression'],
      [3, 'object'],
      [4, 'class'],
      [1, 'static'],
      [2, 'prototype'],
      [1, 'table'],
      [2, 'derived'],
      [1, 'mixin'],
      ...commonJsOnly,
    ]);
    switch (form) {
      case 'declaration':
      case 'arrow':
      case 'expression':
      case 'exported':
        this.#function(module, form);
        break;
      case 'object':
      case 'table':
        this.#object(module, form === 'table');
        break;
      case 'class':
      case 'static':
      case 'derived':
        this.#class(module, form);
        break;
      case 'prototype':
      case 'mixin':
        this.#prototype(module, form === 'mixin');
        break;
    }
  }

  #parameters(module: Module): string {
    if (!this.#choices.percent(6)) return '(name, n)';
    const given = text(this.#scope(module, { depth: 0, indent: '' }), 1);
    return this.#choices.percent(50) ? '(name, n = 1)' : `(name, n, extra = ${given})`;
  }

  #function(module: Module, form: 'declaration' | 'arrow' | 'expression' | 'exported'): void {
    const name = this.#fresh('load');
    const local = form === 'exported' ? `exports.${name}` : name;
    const self: Callee = { async: false, passable: true, reference: () => local };
    const parameters = this.#parameters(module);
    const body = `{\n${this.#body(module, { self })}\n}`;
    const text = {
      declaration: `function ${name}${parameters} ${body}`,
      arrow: `const ${name} = ${parameters} => ${body};`,
      expression: `const ${name} = function ${parameters} ${body};`,
      exported: `exports.${name} = function ${parameters} ${body};`,
    };
    module.declarations.push(text[form]);
    const entity = form !== 'exported' && this.#choices.percent(20) ? this.#fresh('alias') : name;
    module.exported.set(entity, local);
    this.#shared.push({ module, entity, path: () => '', async: false, passable: true, construct: false });
  }

  #object(module: Module, table: boolean): void {
    const name = this.#fresh('kit');
    const members: string[] = [];
    const keys: string[] = [];
    for (let left = 1 + this.#choices.below(2) + (table ? 1 : 0); left > 0; left -= 1) {
      const key = this.#fresh('get');
      keys.push(key);
      const body = `{\n${this.#body(module, { indent: '    ' })}\n  }`;
      members.push(
        this.#choices.pick([`  ${key}(name, n) ${body},`, `  ${key}: function (name, n) ${body},`, `  ${key}: (name, n) => ${body},`]),
      );
    }
    module.declarations.push(`const ${name} = {\n${members.join('\n')}\n};`);
    module.exported.set(name, name);
    if (table) {
      const path = (scope: Scope): string => `[${scope.number} > 0 ? '${keys[0] ?? ''}' : '${keys[1] ?? ''}']`;
      this.#shared.push({ module, entity: name, path, async: false, passable: false, construct: false });
      return;
    }
    for (const key of keys)
      this.#shared.push({ module, entity: name, path: () => `.${key}`, async: false, passable: true, construct: false });
  }

  #class(module: Module, form: 'class' | 'static' | 'derived'): void {
    const name = this.#fresh('Store');
    const keys: string[] = [];
    const members: string[] = [];
    const isStatic = form === 'static';
    for (let left = 1 + this.#choices.below(2); left > 0; left -= 1) {
      const key = this.#fresh('find');
      const self: Callee = { async: false, passable: false, reference: () => `this.${keys[0] ?? key}` };
      const body = this.#body(module, { self: keys.length === 0 ? { ...self, reference: () => `this.${key}` } : self, indent: '    ' });
      keys.push(key);
      members.push(`  ${isStatic ? 'static ' : ''}${key}(name, n) {\n${body}\n  }`);
    }
    const fields = isStatic ? '' : '  constructor(root) {\n    this.root = root;\n  }\n\n';
    module.declarations.push(`class ${name} {\n${fields}${members.join('\n\n')}\n}`);
    let made = name;
    if (form === 'derived') {
      made = this.#fresh('Cached');
      const [key = ''] = keys;
      const body = this.#body(module, { indent: '    ', length: 1 });
      const kept = this.#choices.percent(50) ? `trace(super.${key}(name, n));\n    ` : '';
      module.declarations.push(`class ${made} extends ${name} {\n  ${key}(name, n) {\n    ${kept}${body.trimStart()}\n  }\n}`);
    }
    const instance = !isStatic && this.#choices.percent(50) ? this.#fresh('store') : undefined;
    if (instance !== undefined) module.declarations.push(`const ${instance} = new ${made}('root');`);
    const entity = instance ?? made;
    module.exported.set(entity, entity);
    const construct = !isStatic && instance === undefined;
    for (const key of keys) this.#shared.push({ module, entity, path: () => `.${key}`, async: false, passable: false, construct });
  }

  #prototype(module: Module, mixin: boolean): void {
    const name = this.#fresh('Reader');
    const key = this.#fresh('fetch');
    const usesSelf = this.#choices.percent(40);
    const other = this.#fresh('peek');
    const inner = this.#body(module, { indent: '  ', length: 1 });
    const uses = usesSelf ? `  const self = this;\n  trace(['x'].map((one) => self.${other}(one, n)).join());\n` : '';
    const body = `{\n${uses}${inner}\n}`;
    const small = `{\n${this.#body(module, { length: 1 })}\n}`;
    const members = mixin
      ? [`Object.assign(${name}.prototype, {\n  ${other}(name, n) ${small},\n  ${key}: function (name, n) ${body},\n});`]
      : [`${name}.prototype.${other} = function (name, n) ${small};`, `${name}.prototype.${key} = function (name, n) ${body};`];
    module.declarations.push(`function ${name}(root) {\n  this.root = root;\n}`, ...members);
    module.exported.set(name, name);
    for (const one of [other, key])
      this.#shared.push({ module, entity: name, path: () => `.${one}`, async: false, passable: false, construct: true });
  }
}
