/** Random programs that drop promises in the ways people do, with one of the promises rejecting, or none. */

import { Choices } from './choices.ts';

/** What the programs call: it begins, takes some turns, and ends or fails. */
export const parts = `
const trace = (entry) => globalThis.told(entry);

async function save(name, turns, fails) {
  trace('begin ' + name);
  for (let turn = 0; turn < turns; turn += 1) await null;
  if (turns > 3) await new Promise((resolve) => setImmediate(resolve));
  if (fails) throw new Error(name);
  trace('end ' + name);
  return name;
}

module.exports = { save, trace };
`;

/** @returns the text of a module that exports an async function */
export function promiseProgram(numbers: ArrayLike<number>): string {
  const writer = new Writer(new Choices(numbers));
  return writer.module();
}

class Writer {
  readonly #choose: Choices;
  readonly #failing: number;
  #saves = 0;
  #traces = 0;

  constructor(choose: Choices) {
    this.#choose = choose;
    this.#failing = choose.percent(75) ? choose.below(5) : -1;
  }

  module(): string {
    const functions: { name: string; async: boolean; text: string }[] = [];
    const count = 1 + this.#choose.below(3);
    for (let index = 0; index < count; index += 1) {
      const isAsync = this.#choose.percent(65);
      const name = `work${index}`;
      const lines = this.#body(isAsync, functions, name);
      functions.push({
        name,
        async: isAsync,
        text: `${isAsync ? 'async ' : ''}function ${name}(flag) {\n${lines.map((line) => `  ${line}`).join('\n')}\n}`,
      });
    }
    return [
      `const { save, trace } = require('./parts.js');`,
      ...functions.map(({ text }) => text),
      `module.exports = async () => {\n  await Promise.all([${functions.map(({ name }) => `${name}(true)`).join(', ')}]);\n};`,
      '',
    ].join('\n\n');
  }

  #save(): string {
    this.#saves += 1;
    const fails = this.#saves - 1 === this.#failing ? ', true' : '';
    return `save('s${this.#saves}', ${this.#choose.below(6)}${fails})`;
  }

  #trace(): string {
    this.#traces += 1;
    return `trace('t${this.#traces}')`;
  }

  #body(isAsync: boolean, callees: readonly { name: string; async: boolean }[], name: string): string[] {
    const lines = [`trace('${name}');`];
    const count = 1 + this.#choose.below(3);
    for (let index = 0; index < count; index += 1) lines.push(...this.#statement(isAsync, callees));
    if (this.#choose.percent(40)) lines.push(...this.#ending(isAsync));
    return lines;
  }

  #statement(isAsync: boolean, callees: readonly { name: string; async: boolean }[]): string[] {
    const callee = callees[this.#choose.below(Math.max(1, callees.length))];
    switch (this.#choose.below(10)) {
      case 0:
        return [`${this.#trace()};`];
      case 1:
        return [`${this.#save()};`];
      case 2:
        return [`${isAsync ? 'await ' : ''}${this.#save()};`];
      case 3:
        return [`${this.#save()}.then(() => { ${this.#trace()}; });`];
      case 4:
        return [`[1, 2].forEach(async () => {`, `  await ${this.#save()};`, '});'];
      case 5:
        return [`Promise.all([${this.#save()}, ${this.#save()}]);`];
      case 6:
        return [`if (flag) ${this.#save()};`];
      case 7:
        return [
          `${this.#save()}.then((value) => {`,
          `  trace(value + '!');`,
          `  ${this.#save()};`,
          `}).catch((error) => trace('caught ' + error.message));`,
        ];
      case 8:
        return callee === undefined
          ? [`${this.#save()};`]
          : [`${isAsync && callee.async && this.#choose.percent(50) ? 'await ' : ''}${callee.name}(flag);`];
      default:
        return [`${this.#save()}.finally(() => ${this.#trace()});`];
    }
  }

  #ending(isAsync: boolean): string[] {
    switch (this.#choose.below(3)) {
      case 0:
        return isAsync
          ? ['try {', `  return ${this.#save()};`, '} catch (error) {', `  trace('caught ' + error.message);`, '}']
          : [`return ${this.#save()};`];
      case 1:
        return ['return new Promise(async (resolve) => {', `  await ${this.#save()};`, '  resolve();', '});'];
      default:
        return [`return ${this.#save()};`];
    }
  }
}
