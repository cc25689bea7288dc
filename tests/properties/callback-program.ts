/** Generated programs of callbacks: route handlers over functions that call back, nested, in branches and loops, with shared and separate handlers. */

import type { Choices } from './choices.ts';
import type { StepProgram } from './step-batch.ts';

export function callbackProgram(choices: Choices): StepProgram {
  return new CallbackProgram(choices).program();
}

/** How a function ends its work. */
interface Ending {
  readonly done: (value: string) => string;
  readonly fail: (error: string) => string;
  /** The callback itself, where it may be handed on. */
  readonly callback: string | undefined;
  readonly isRoute: boolean;
}

class CallbackProgram {
  readonly #choices: Choices;
  #steps = 0;
  /** Those that call back with what they caught. */
  readonly #guarded = new Set<string>();
  #names = 0;
  readonly #takers: string[] = [];
  /** Those of them that give two values. */
  readonly #several = new Set<string>();

  constructor(choices: Choices) {
    this.#choices = choices;
  }

  program(): StepProgram {
    const choices = this.#choices;
    const style = choices.pick(['const', 'var'] as const);
    const takers = Array.from({ length: choices.below(3) }, () => this.#taker());
    const route = this.#route();
    const text = [
      `${style} fs = require('fs');`,
      `${style} express = require('express');`,
      `${style} { note } = require('./world');`,
      '',
      `${style} app = express();`,
      '',
      ...takers,
      route,
      'module.exports = app;',
      '',
    ].join('\n');
    return { text, steps: this.#steps + 1 };
  }

  #step(): number {
    this.#steps += 1;
    return this.#steps;
  }

  #fresh(stem: string): string {
    this.#names += 1;
    return `${stem}${this.#names}`;
  }

  #taker(): string {
    const choices = this.#choices;
    const name = this.#fresh('load');
    const callback = choices.pick(['cb', 'callback', 'done']);
    const isSeveral = choices.percent(15);
    const more = isSeveral ? ", 'more of ' + x" : '';
    const ending: Ending = {
      done: (value) => `return ${callback}(null, ${value}${more});`,
      fail: (error) => `return ${callback}(${error});`,
      callback: isSeveral ? undefined : callback,
      isRoute: false,
    };
    const early = choices.percent(20) ? `  if (x === 'cached') return ${callback}(null, 'from cache'${more});\n` : '';
    const isGuarded = choices.percent(15);
    const indent = isGuarded ? '    ' : '  ';
    const body = choices.percent(20) ? this.#loop(indent, ending) : this.#call(2, indent, 'x', ending);
    const guarded = isGuarded
      ? `  try {\n    note(${this.#step()}, x);\n${body}\n  } catch (thrown) {\n    ${callback}(thrown);\n  }`
      : body;
    this.#takers.push(name);
    if (isGuarded) this.#guarded.add(name);
    if (isSeveral) this.#several.add(name);
    return `function ${name}(x, ${callback}) {\n${early}${guarded}\n}\n`;
  }

  #route(): string {
    const choices = this.#choices;
    const failure = choices.pick(['next(ERR)', 'res.status(500).send(ERR.message)', 'res.send(ERR.message)']);
    const ending: Ending = {
      done: (value) => `res.json(${value});`,
      fail: (error) => `return ${failure.replace('ERR', error)};`,
      callback: undefined,
      isRoute: true,
    };
    const head = choices.percent(50) ? "app.get('/', function (req, res, next) {" : "app.get('/', (req, res, next) => {";
    const lines: string[] = [];
    if (choices.percent(25)) lines.push(`  if (req.query.none) return res.status(400).send('none');`);
    if (choices.percent(15)) lines.push(`  note(${this.#step()}, req.params.id);`);
    lines.push(choices.percent(20) ? this.#loop('  ', ending) : this.#call(3, '  ', 'req.params.id', ending));
    if (choices.percent(10)) lines.push(`  note(${this.#step()});`);
    return `${head}\n${lines.join('\n')}\n});\n`;
  }

  /** A call with a callback, as the last statement of its block. */
  #call(depth: number, indent: string, value: string, ending: Ending): string {
    const choices = this.#choices;
    const inner = `${indent}  `;
    const [taker] = this.#takers;
    const called = taker !== undefined && choices.percent(45) ? choices.pick([taker, ...this.#takers]) : undefined;
    const callee =
      called === undefined ? `fs.readFile('s${this.#step()}', 'utf8', ` : `${called}(${choices.pick([value, "'cached'", "'y'"])}, `;
    const isSeveral = called !== undefined && this.#several.has(called);
    if (ending.callback !== undefined && !isSeveral && choices.percent(15)) return `${indent}${callee}${ending.callback});`;
    const error = choices.pick(['err', 'error', 'e']);
    const result = choices.pick(['data', 'text', 'found']);
    const body = this.#handled(
      depth,
      inner,
      error,
      result,
      isSeveral ? { ...ending, done: (last) => ending.done(`${last} + more`) } : ending,
      // What a callback throws while the call still runs goes past the callers of a function, as the fix says.
      ending.isRoute || called === undefined || !this.#guarded.has(called),
    );
    const values = isSeveral ? `${result}, more` : result;
    const head = choices.percent(50) ? `function (${error}, ${values}) {` : `(${error}, ${values}) => {`;
    return `${indent}${callee}${head}\n${body}\n${indent}});`;
  }

  #handled(depth: number, indent: string, error: string, result: string, ending: Ending, mayThrow: boolean): string {
    const choices = this.#choices;
    const goOn = (at: string): string => this.#goOn(depth, at, result, ending);
    return choices.weighted<() => string>([
      [6, () => `${indent}if (${error}) ${ending.fail(error)}\n${goOn(indent)}`],
      [
        2,
        () =>
          `${indent}if (${error}) {\n${indent}  note(${this.#step()}, ${error}.message);\n${indent}  ${ending.fail(error)}\n${indent}}\n${goOn(indent)}`,
      ],
      [1, () => `${indent}if (${error}) {\n${indent}  ${ending.fail(error)}\n${indent}} else {\n${goOn(`${indent}  `)}\n${indent}}`],
      [1, () => `${indent}if (!${error}) {\n${goOn(`${indent}  `)}\n${indent}} else {\n${indent}  ${ending.fail(error)}\n${indent}}`],
      [1, () => `${indent}if (${error} && ${error}.code !== 'E1') ${ending.fail(error)}\n${goOn(indent)}`],
      [1, () => `${indent}if (${error}) return ${ending.done("'instead'").replace(/^return /, '')}\n${goOn(indent)}`],
      [1, () => `${indent}if (${error}) ${mayThrow ? `throw ${error};` : ending.fail(error)}\n${goOn(indent)}`],
    ])();
  }

  #goOn(depth: number, indent: string, result: string, ending: Ending): string {
    const choices = this.#choices;
    const lines: string[] = [];
    let value = result;
    if (choices.percent(35)) lines.push(`${indent}note(${this.#step()}, ${value});`);
    if (choices.percent(25)) {
      const name = choices.pick(['size', 'data', 'total']);
      if (name !== value) {
        lines.push(`${indent}${choices.pick(['const', 'var'])} ${name} = ${value} + '!';`);
        value = name;
      }
    }
    if (choices.percent(15)) lines.push(`${indent}if (String(${value}).length > ${choices.below(8)}) ${ending.fail("new Error('long')")}`);
    if (choices.percent(15)) lines.push(`${indent}if (String(${value}).length > ${choices.below(8)}) { ${this.#leaving(ending, value)} }`);
    if (depth > 0 && choices.percent(60)) {
      if (choices.percent(12)) {
        lines.push(this.#switch(depth, indent, value, ending));
      } else if (choices.percent(20)) {
        lines.push(
          `${indent}if (String(${value}).length > ${choices.below(6)}) {\n${this.#call(depth - 1, `${indent}  `, value, ending)}\n${indent}} else {\n${indent}  ${ending.done(`${value} + 'else'`)}\n${indent}}`,
        );
      } else {
        lines.push(this.#call(depth - 1, indent, value, ending));
      }
    } else {
      lines.push(`${indent}${ending.done(value)}`);
    }
    return lines.join('\n');
  }

  /** A call in one clause or two; the others end the work at once. */
  #switch(depth: number, indent: string, value: string, ending: Ending): string {
    const choices = this.#choices;
    const at = (level: number): string => indent + '  '.repeat(level);
    const call = (): string => this.#call(depth - 1, at(2), value, ending);
    const end = choices.pick([`\n${at(2)}break;`, `\n${at(2)}return;`]);
    const other = choices.percent(40) ? call() : at(2) + ending.fail("new Error('odd')");
    return [
      `${indent}switch (String(${value}).length % 3) {`,
      `${at(1)}case 0:\n${call()}${end}`,
      ...(choices.percent(30) ? [`${at(1)}case 5:`] : []),
      `${at(1)}case 1:\n${other}${end}`,
      `${at(1)}default:\n${at(2)}${ending.done(`${value} + 'switch'`)}`,
      `${indent}}`,
    ].join('\n');
  }

  #leaving(ending: Ending, value: string): string {
    const text = ending.done(`'short ' + ${value}`);
    return text.startsWith('return') ? text : `return ${text}`;
  }

  /** One after the other, or all at once with a counter. */
  #loop(indent: string, ending: Ending): string {
    const choices = this.#choices;
    const names = `['s${this.#step()}', 's${this.#step()}', 's${this.#step()}']`;
    const at = (level: number): string => indent + '  '.repeat(level);
    if (choices.percent(60)) return this.#rounds(names, indent, ending);
    const isUp = choices.percent(40);
    const last = isUp ? choices.pick(['++seen === names.length', 'names.length == ++seen']) : choices.pick(['--left === 0', '!--left']);
    const failing = choices.pick([
      `if (err) ${ending.fail('err')}`,
      `if (err) note(${this.#step()}, err.message);`,
      `if (err) text = 'none';`,
    ]);
    const finish = choices.percent(50)
      ? [`${at(2)}if (${last}) ${ending.done('out')}`]
      : [`${at(2)}if (${last}) {`, `${at(3)}${ending.done('out')}`, `${at(2)}}`];
    return [
      `${indent}var names = ${names}.filter(Boolean);`,
      `${indent}var out = [];`,
      `${indent}var ${isUp ? 'seen = 0' : 'left = names.length'};`,
      ...(choices.percent(80) ? [`${indent}if (names.length === 0) { ${this.#leaving(ending, "'none'")} }`] : []),
      `${indent}names.forEach(function (name, i) {`,
      `${at(1)}fs.readFile(name, 'utf8', function (err, text) {`,
      `${at(2)}${failing}`,
      ...(choices.percent(30) ? [`${at(2)}note(${this.#step()}, text);`] : []),
      `${at(2)}out[i] = text;`,
      ...finish,
      `${at(1)}});`,
      `${indent}});`,
    ].join('\n');
  }

  /** A function that calls itself for one after the other: with a number, or with what it takes from a list or counts outside. */
  #rounds(names: string, indent: string, ending: Ending): string {
    const choices = this.#choices;
    const at = (level: number): string => indent + '  '.repeat(level);
    const form = choices.pick(['number', 'number', 'index', 'shift'] as const);
    const parameter = form === 'number' ? 'i' : '';
    const done = this.#leaving({ ...ending, done: (value) => ending.done(value.replace(/^'short ' \+ /, '')) }, 'out');
    const taken = { number: 'names[i]', index: 'name', shift: 'name' }[form];
    const again = form === 'number' ? 'next_(i + 1);' : 'next_();';
    const start = form === 'number' ? 'next_(0)' : 'next_()';
    const first = {
      number: [`${at(1)}if (i === names.length) ${done}`],
      index: [`${at(1)}if (index >= names.length) ${done}`, `${at(1)}var name = names[index++];`],
      shift: [`${at(1)}var name = names.shift();`, `${at(1)}if (!name) ${done}`],
    }[form];
    const failing = choices.pick([
      `if (err) ${ending.fail('err')}`,
      `if (err && err.code === 'E1') return ${again} if (err) ${ending.fail('err')}`,
      `if (err) { note(${this.#step()}, err.message); return ${again} }`,
      `if (err && err.code !== 'E2') ${ending.fail('err')}`,
    ]);
    const body = [
      ...first,
      // What a function throws before it waits went past those who call it.
      ...(ending.isRoute && choices.percent(25) ? [`${at(1)}note(${this.#step()}, out.length);`] : []),
      `${at(1)}fs.readFile(${taken}, 'utf8', function (err, text) {`,
      `${at(2)}${failing}`,
      ...(choices.percent(25) ? [`${at(2)}if (String(text).length > ${choices.below(4)}) ${this.#leaving(ending, 'text')}`] : []),
      `${at(2)}out.push(text);`,
      `${at(2)}${choices.percent(30) ? 'return ' : ''}${again}`,
      `${at(1)}});`,
    ];
    const isInPlace = choices.percent(30);
    const [opening, closing] = isInPlace
      ? [`(function next_(${parameter}) {`, `})${start.replace('next_', '')};`]
      : choices.percent(50)
        ? [`function next_(${parameter}) {`, `}\n${indent}${start};`]
        : [`var next_ = function (${parameter}) {`, `};\n${indent}${start};`];
    return [
      `${indent}var names = ${names};`,
      `${indent}var out = [];`,
      ...(form === 'index' ? [`${indent}var index = 0;`] : []),
      indent + opening,
      ...body,
      indent + closing,
    ].join('\n');
  }
}
