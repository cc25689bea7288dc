/** Generated programs of promise chains: links in any order, handlers of any shape, functions that return, await, start or wrap them. */

import type { Choices } from './choices.ts';
import type { StepProgram } from './step-batch.ts';

export function chainProgram(choices: Choices): StepProgram {
  return new ChainProgram(choices).program();
}

class ChainProgram {
  readonly #choices: Choices;
  #steps = 0;
  #names = 0;
  /** Functions that give a promise. */
  readonly #callees: string[] = [];

  constructor(choices: Choices) {
    this.#choices = choices;
  }

  program(): StepProgram {
    const style = this.#choices.pick(['const', 'var'] as const);
    const functions = Array.from({ length: 1 + this.#choices.below(2) }, () => this.#function());
    const started = this.#choices.percent(15) ? this.#floating() : undefined;
    const run = this.#function('run');
    const text = [
      `${style} fs = require('fs').promises;`,
      `${style} { note } = require('./world');`,
      '',
      'function named(value) {\n  return note(0, value);\n}',
      '',
      ...functions,
      ...(started === undefined ? [] : [started.text]),
      run,
      started === undefined
        ? 'exports.run = run;'
        : `exports.run = async function (x) {\n  ${started.call}\n  note(${this.#step()});\n  return run(x);\n};`,
      '',
    ].join('\n');
    return { text, steps: this.#steps + 1 };
  }

  #step(): number {
    this.#steps += 1;
    return this.#steps;
  }

  #fresh(): string {
    this.#names += 1;
    return `f${this.#names}`;
  }

  #function(given?: string): string {
    const choices = this.#choices;
    const name = given ?? this.#fresh();
    const text = choices.weighted<() => string>([
      [6, () => `function ${name}(x) {\n  return ${this.#chain(2, '  ', 'x')};\n}\n`],
      [2, () => `const ${name} = (x) => ${this.#chain(1, '', 'x')};\n`],
      [2, () => `const ${name} = function (x) {\n  var loading = ${this.#base('x')};\n  return loading${this.#links(1, '  ', 'x')};\n};\n`],
      [3, () => `async function ${name}(x) {\n${this.#asyncBody('  ')}\n}\n`],
      [
        2,
        () =>
          `function ${name}(x) {\n  if (x === 'x') {\n    return ${this.#chain(1, '    ', 'x')};\n  }\n  return ${this.#chain(1, '  ', 'x')};\n}\n`,
      ],
      [2, () => `function ${name}(x) {\n  return new Promise(function (resolve, reject) {\n    ${this.#construction()}\n  });\n}\n`],
    ])();
    if (given === undefined) this.#callees.push(name);
    return text;
  }

  #asyncBody(indent: string): string {
    const choices = this.#choices;
    const awaits = choices.weighted<() => string>([
      [2, () => `${indent}const got = await ${this.#chain(1, indent, 'x')};\n${indent}note(${this.#step()}, got);\n${indent}return got;`],
      [2, () => `${indent}await ${this.#chain(1, indent, 'x')};\n${indent}return note(${this.#step()});`],
      [1, () => `${indent}return await ${this.#chain(1, indent, 'x')};`],
      [1, () => `${indent}return ${this.#chain(1, indent, 'x')};`],
    ]);
    if (!choices.percent(35)) return awaits();
    const inside = awaits().replaceAll(/^/gm, '  ');
    return `${indent}try {\n${inside}\n${indent}} catch (failure) {\n${indent}  return note(${this.#step()}, failure.message);\n${indent}}`;
  }

  #construction(): string {
    const base = this.#base('x');
    return this.#choices.pick([
      () => `${base}.then(resolve, reject);`,
      () => `${base}.then(resolve).catch(reject);`,
      () => `${base}.then(function (value) {\n      note(${this.#step()}, value);\n      resolve(value + 'c');\n    }).catch(reject);`,
      () =>
        `${base}.then((value) => {\n      if (value === 't2') return reject(new Error('odd'));\n      resolve(note(${this.#step()}, value));\n    }).catch(reject);`,
    ])();
  }

  #floating(): { text: string; call: string } {
    const name = this.#fresh();
    const chain = `fs.readFile('s${this.#step()}', 'utf8')${this.#links(1, '  ', undefined)}`;
    const last = `.catch((problem) => {\n    note(${this.#step()}, problem.message);\n  })`;
    return { text: `function ${name}() {\n  ${chain}${last};\n}\n`, call: `${name}();` };
  }

  #base(value: string | undefined): string {
    const choices = this.#choices;
    const read = (): string => `fs.readFile('s${this.#step()}', 'utf8')`;
    const [callee] = this.#callees;
    return choices.weighted<() => string>([
      [6, read],
      [1, () => `Promise.resolve(${value ?? "'r'"})`],
      [1, () => `Promise.all([${read()}, ${read()}])`],
      ...(callee === undefined ? [] : [[3, () => `${choices.pick([callee, ...this.#callees])}(${value ?? "'y'"})`] as const]),
    ])();
  }

  #chain(depth: number, indent: string, value: string | undefined): string {
    return this.#base(value) + this.#links(depth, indent, value);
  }

  #links(depth: number, indent: string, outer: string | undefined): string {
    const choices = this.#choices;
    const inner = `${indent}  `;
    let text = '';
    for (let count = 1 + choices.below(4); count > 0; count -= 1) {
      const handler = (): string => this.#handler(depth, inner, outer, 'value');
      const failed = (): string => this.#handler(depth, inner, outer, 'error');
      text += choices.weighted<() => string>([
        [7, () => `\n${inner}.then(${handler()})`],
        [3, () => `\n${inner}.catch(${failed()})`],
        [2, () => `\n${inner}.finally(${this.#handler(depth, inner, outer, 'nothing')})`],
        [2, () => `\n${inner}.then(${handler()}, ${failed()})`],
        [1, () => `\n${inner}.then(named)`],
      ])();
    }
    return text;
  }

  #handler(depth: number, indent: string, outer: string | undefined, given: 'value' | 'error' | 'nothing'): string {
    const choices = this.#choices;
    const parameter = given === 'nothing' || choices.percent(12) ? '' : choices.pick(['data', 'value', 'err', 'list']);
    const known = parameter === '' ? (outer ?? "'none'") : given === 'error' ? `${parameter}.message` : parameter;
    const isArrow = choices.percent(50);
    if (isArrow && choices.percent(40)) return `(${parameter}) => ${this.#result(depth, indent, known)}`;
    const head = isArrow ? `(${parameter}) =>` : `function (${parameter})`;
    return `${head} {\n${this.#body(depth, `${indent}  `, known, given)}\n${indent}}`;
  }

  #body(depth: number, indent: string, known: string, given: 'value' | 'error' | 'nothing'): string {
    const choices = this.#choices;
    const lines: string[] = [];
    let value = known;
    if (choices.percent(40)) lines.push(`note(${this.#step()}, ${value});`);
    if (choices.percent(25)) {
      const name = choices.pick(['text', 'data', 'local']);
      if (!value.startsWith(name)) {
        lines.push(`${choices.pick(['const', 'var'])} ${name} = ${value} + '${choices.below(9)}';`);
        value = name;
      }
    }
    const leave = (): string => `return ${this.#result(0, indent, value)};`;
    const test = (): string => `String(${value}).length > ${choices.below(6)}`;
    if (given !== 'nothing' && choices.percent(40)) {
      lines.push(
        choices.pick([
          () => `if (${test()}) ${leave()}`,
          () => `if (${test()}) {\n${indent}  note(${this.#step()});\n${indent}  ${leave()}\n${indent}}`,
          () => `if (${test()}) {\n${indent}  ${leave()}\n${indent}} else if (${test()}) {\n${indent}  ${leave()}\n${indent}}`,
          () => `if (${test()}) throw new Error('thrown ' + ${value});`,
          () =>
            `try {\n${indent}  note(${this.#step()});\n${indent}  return JSON.parse(${value});\n${indent}} catch (bad) {\n${indent}  return 'unparsed';\n${indent}}`,
        ])(),
      );
    }
    const isOver = lines.at(-1)?.startsWith('try') === true;
    if (!isOver && choices.percent(80)) lines.push(`return ${this.#result(depth, indent, value)};`);
    else if (!isOver) lines.push(`note(${this.#step()}, ${value});`);
    return lines.map((line) => indent + line).join('\n');
  }

  #result(depth: number, indent: string, value: string): string {
    const choices = this.#choices;
    return choices.weighted<() => string>([
      [4, () => `${value} + 'k'`],
      [2, () => value],
      [2, () => `note(${this.#step()}, ${value})`],
      [2, () => `fs.readFile('s${this.#step()}', 'utf8')`],
      [1, () => `Promise.reject(new Error('refused ' + ${value}))`],
      [1, () => `${value} || fs.readFile('s${this.#step()}', 'utf8')`],
      ...(depth > 0 ? [[3, () => this.#chain(depth - 1, indent, undefined)] as const] : []),
    ])();
  }
}
