/** Statements and expressions of a generated program: what stands between the braces of its functions. */

import type { Choices } from './choices.ts';

/** A function of the program, as others call it: `(name, n)` to a text. */
export interface Callee {
  readonly async: boolean;
  /** The expression before the parentheses, where the module of the scope calls it. */
  readonly reference: (scope: Scope) => string;
  /** A plain name that may be handed on, such as to `forEach`. */
  readonly passable: boolean;
}

/** What the module around a body provides. */
export interface Home {
  /** The expression for a blocking function, in the module's habit of importing it. */
  blocking(module: 'fs' | 'zlib', name: string): string;
  /** Names of the module's own state: a counter, and a table of texts. */
  readonly state: { readonly counter: string; readonly cache: string } | undefined;
  /** A name that nothing else in the program has. */
  fresh(stem: string): string;
}

export interface Scope {
  readonly home: Home;
  readonly choices: Choices;
  /** Names that hold texts here. */
  readonly texts: readonly string[];
  /** Those of them that may be assigned. */
  readonly assignable: readonly string[];
  readonly number: string;
  readonly callees: readonly Callee[];
  /** The function itself, which may call itself with a smaller number. */
  readonly self: Callee | undefined;
  readonly async: boolean;
  /** Levels of nesting that are left. */
  readonly depth: number;
  readonly loop: { readonly label: string | undefined } | undefined;
  /** What `return` may give: nothing in the callback of `forEach`. */
  readonly returns: 'text' | 'nothing';
  readonly indent: string;
}

const files = ["'a.txt'", "'b.txt'", "'sub/c.txt'", "'none.txt'", "'empty.txt'", "'a.txt'", "'sub'", "'b.txt'"] as const;
const words = ["'x'", "''", "'a.txt'", "'two words'", "'0'"] as const;

function deeper(scope: Scope, changes: Partial<Scope> = {}): Scope {
  return { ...scope, depth: scope.depth - 1, indent: `${scope.indent}  `, ...changes };
}

/** The statements of a function that returns a text. */
export function bodyOf(scope: Scope, length: number): string {
  const { texts, lines } = statements(scope, length);
  return [...lines, `${scope.indent}return ${text({ ...scope, texts }, 2)};`].join('\n');
}

/** A block of statements, each of which sees the names that those before it have declared. */
function statements(scope: Scope, length: number): { lines: string[]; texts: readonly string[] } {
  let { texts, assignable } = scope;
  const lines: string[] = [];
  for (let index = 0; index < length; index += 1) {
    const made = statement({ ...scope, texts, assignable });
    lines.push(`${scope.indent}${made.line}`);
    texts = [...texts, ...(made.declares ?? [])];
    if (made.assignable === true) assignable = [...assignable, ...(made.declares ?? [])];
    if (made.ends === true) break;
  }
  return { lines, texts };
}

interface Made {
  readonly line: string;
  readonly declares?: readonly string[];
  readonly assignable?: boolean;
  /** Nothing behind it is reached. */
  readonly ends?: boolean;
}

function block(scope: Scope, changes: Partial<Scope> = {}): string {
  const inner = deeper(scope, changes);
  const { lines } = statements(inner, 1 + scope.choices.below(2));
  return `{\n${lines.join('\n')}\n${scope.indent}}`;
}

function statement(scope: Scope): Made {
  const { choices } = scope;
  const flat: [readonly [number, () => Made], ...(readonly [number, () => Made])[]] = [
    [5, () => ({ line: `trace(${text(scope, 2)});` })],
    [8, () => declaration(scope)],
    [4, () => assignment(scope)],
    [4, () => ({ line: `${change(scope)};` })],
    [2, () => ({ line: guarded(scope) })],
    [3, () => ({ line: `${call(scope)};` })],
    [2, () => stateful(scope)],
    [1, () => leaving(scope)],
    [1, () => ({ line: `${condition(scope, 1)} && trace(${text(scope, 1)});` })],
  ];
  if (scope.depth > 0) {
    flat.push(
      [5, () => branch(scope)],
      [5, () => loop(scope)],
      [6, () => iteration(scope)],
      [7, () => attempt(scope)],
      [2, () => choice(scope)],
      [3, () => local(scope)],
      [1, () => barrier(scope)],
    );
  }
  return choices.weighted(flat)();
}

function declaration(scope: Scope): Made {
  const { choices, home } = scope;
  const name = home.fresh('v');
  const keyword = choices.pick(['const', 'let', 'var']);
  const shape = choices.weighted([
    [8, 'plain'],
    [1, 'default'],
    [1, 'array'],
    [1, 'several'],
  ] as const);
  const assignable = keyword !== 'const';
  switch (shape) {
    case 'plain':
      return { line: `${keyword} ${name} = ${text(scope, 2)};`, declares: [name], assignable };
    case 'default':
      return {
        line: `${keyword} { ${name} = ${text(scope, 2)} } = ${choices.pick(['{}', `{ ${name}: 'given' }`])};`,
        declares: [name],
        assignable,
      };
    case 'array':
      return { line: `${keyword} [${name}] = [${text(scope, 2)}, ${text(scope, 1)}];`, declares: [name], assignable };
    case 'several': {
      const other = home.fresh('v');
      return { line: `${keyword} ${name} = ${text(scope, 2)}, ${other} = ${text(scope, 2)};`, declares: [name, other], assignable };
    }
  }
}

function assignment(scope: Scope): Made {
  const { choices } = scope;
  const [first] = scope.assignable;
  if (first === undefined) return declaration(scope);
  const name = choices.pick([first, ...scope.assignable]);
  return { line: `${name} ${choices.pick(['=', '+=', '||=', '??='])} ${text(scope, 2)};` };
}

/** A change of the file system, as a statement. */
function change(scope: Scope): string {
  const { choices, home } = scope;
  const fs = (name: string): string => home.blocking('fs', name);
  const target = choices.pick(["'out.txt'", "'a.txt'", "'made'", "'sub/new.txt'", "'nowhere/x.txt'"]);
  return choices.pick([
    () => `${fs('writeFileSync')}(${target}, ${text(scope, 2)})`,
    () => `${fs('appendFileSync')}(${target}, ${text(scope, 1)})`,
    () => `${fs('unlinkSync')}(${target})`,
    () => `${fs('mkdirSync')}('made')`,
    () => `${fs('copyFileSync')}(${path(scope)}, 'copy.txt')`,
  ])();
}

/** A change that a check of the same path stands before, in the ways that people write it. */
function guarded(scope: Scope): string {
  const { choices, home } = scope;
  const fs = (name: string): string => home.blocking('fs', name);
  const target = choices.pick(["'made'", "'sub'", "'a.txt'", "'nowhere/made'", "'sub/' + 'made'", '`${name}`']);
  const exists = `${fs('existsSync')}(${target})`;
  const make = `${fs('mkdirSync')}(${target})`;
  const remove = `${fs('unlinkSync')}(${target})`;
  return choices.pick([
    () => `if (!${exists}) ${make};`,
    () => `if (${exists} === false) { ${make}; }`,
    () => `${exists} || ${make};`,
    () => `try { ${fs('statSync')}(${target}); } catch (e) { ${make}; }`,
    () => `if (${exists}) { ${remove}; }`,
    () => `${exists} && ${remove};`,
  ])();
}

function stateful(scope: Scope): Made {
  const { choices, home } = scope;
  if (home.state === undefined) return { line: `trace(${text(scope, 3)});` };
  const { counter, cache } = home.state;
  return choices.pick<() => Made>([
    () => ({ line: `${counter} += 1; trace(String(${counter}));` }),
    () => ({ line: `${cache}[name] = ${text(scope, 2)};` }),
    () => ({ line: `if (!${cache}[name]) ${cache}[name] = ${text(scope, 2)};` }),
    () => ({ line: `${counter} += (${text(scope, 1)}).length;` }),
    () => ({ line: `trace(${cache}[name] ?? ${text(scope, 1)});` }),
  ])();
}

/** Where the path through the function ends: a return, a throw, the next round of a loop. */
function leaving(scope: Scope): Made {
  const { choices } = scope;
  const ways: [() => string, ...(() => string)[]] = [
    () => (scope.returns === 'text' ? `return ${text(scope, 2)};` : 'return;'),
    () => `throw new Error(${text(scope, 1)});`,
  ];
  if (scope.loop !== undefined) {
    const label = scope.loop.label === undefined ? '' : ` ${scope.loop.label}`;
    ways.push(
      () => `continue${label};`,
      () => `break${label};`,
    );
  }
  const way = choices.pick(ways)();
  return choices.percent(30) ? { line: way, ends: true } : { line: `if (${condition(scope, 1)}) ${way}` };
}

function branch(scope: Scope): Made {
  const { choices } = scope;
  const otherwise = choices.percent(40) ? ` else ${block(scope)}` : '';
  return { line: `if (${condition(scope, 2)}) ${block(scope)}${otherwise}` };
}

function list(scope: Scope): string {
  const { choices } = scope;
  return choices.pick([
    () => `['a.txt', 'b.txt']`,
    () => `['b.txt', 'none.txt', 'a.txt']`,
    () => `[${text(scope, 1)}, ${text(scope, 1)}]`,
    () => `${scope.home.blocking('fs', 'readdirSync')}(${choices.pick(["'sub'", "'none'"])})`,
    () => `(${text(scope, 1)}).split('.')`,
  ])();
}

function loop(scope: Scope): Made {
  const { choices, home } = scope;
  const label = choices.percent(25) ? home.fresh('round') : undefined;
  const head = label === undefined ? '' : `${label}: `;
  const inner = { loop: { label } };
  const item = home.fresh('item');
  return choices.pick<() => Made>([
    () => ({ line: `${head}for (const ${item} of ${list(scope)}) ${block(scope, { ...inner, texts: [...scope.texts, item] })}` }),
    () => ({ line: `${head}for (let ${item} = 0; ${item} < 2; ${item} += 1) ${block(scope, { ...inner, number: item })}` }),
    () => ({ line: `${head}for (const ${item} in { one: 1, two: 2 }) ${block(scope, { ...inner, texts: [...scope.texts, item] })}` }),
    () => ({
      line: `let ${item} = 0;\n${scope.indent}${head}while (${item}++ < 2 && ${condition(scope, 1)}) ${block(scope, inner)}`,
    }),
    () => ({ line: `let ${item} = 0;\n${scope.indent}${head}do ${block(scope, inner)} while (++${item} < 2 && ${condition(scope, 1)});` }),
  ])();
}

/** A function handed to a method of an array, in one of the ways people write it. */
function callback(scope: Scope, parameters: readonly string[], result: 'text' | 'condition'): string {
  const { choices } = scope;
  const [item = 'item'] = parameters;
  const inner = deeper(scope, { texts: [...scope.texts, item], async: false, loop: undefined, returns: 'text', self: undefined });
  const value = (): string => (result === 'text' ? text(inner, 2) : condition(inner, 2));
  const taken = `(${parameters.join(', ')})`;
  return choices.pick([
    () => `${taken} => ${value()}`,
    () => `function ${taken} { return ${value()}; }`,
    () => {
      const { lines, texts } = statements(inner, 1 + choices.below(2));
      const last = result === 'text' ? text({ ...inner, texts }, 1) : condition({ ...inner, texts }, 1);
      return `${taken} => {\n${lines.join('\n')}\n${inner.indent}return ${last};\n${scope.indent}}`;
    },
  ])();
}

/** `forEach` and `map` as statements, the array by name or in place. */
function iteration(scope: Scope): Made {
  const { choices, home } = scope;
  const item = home.fresh('item');
  const before = choices.percent(50) ? home.fresh('list') : undefined;
  const array = before ?? choices.pick(["['a.txt', 'none.txt']", "['b.txt', 'a.txt', 'sub/c.txt']"]);
  const declared = before === undefined ? '' : `const ${before} = ${list(scope)};\n${scope.indent}`;
  const parameters = choices.percent(30) ? [item, home.fresh('index')] : [item];
  const passable = scope.callees.filter((callee) => callee.passable && !callee.async);
  const [firstPassable] = passable;
  const result = home.fresh('mapped');
  return choices.pick<() => Made>([
    () => {
      const texts = [...scope.texts, item];
      const inner: Partial<Scope> = { texts, async: false, loop: undefined, returns: 'nothing', self: undefined };
      const body = block(scope, inner);
      const fn = choices.percent(30) ? `function (${parameters.join(', ')}) ${body}` : `(${parameters.join(', ')}) => ${body}`;
      return { line: `${declared}${array}.forEach(${fn});` };
    },
    () => ({
      line: `${declared}const ${result} = ${array}.map(${callback(scope, parameters, 'text')});\n${scope.indent}trace(${result}.join());`,
    }),
    () => {
      if (firstPassable === undefined) return { line: `${declared}trace(${array}.join());` };
      const fn = choices.pick([firstPassable, ...passable]).reference(scope);
      return choices.percent(50)
        ? { line: `${declared}${array}.forEach(${fn});` }
        : { line: `${declared}const ${result} = ${array}.map(${fn});\n${scope.indent}trace(${result}.join());` };
    },
  ])();
}

function attempt(scope: Scope): Made {
  const { choices, home } = scope;
  const error = home.fresh('error');
  const seen = `trace(String(${error}.code || ${error}.message));`;
  const inner = deeper(scope);
  const attempted = (): string => {
    // `return f()` in a `try`: whoever forgets the await loses the catch.
    if (scope.returns !== 'text' || !choices.percent(35)) return block(scope);
    const { lines, texts } = statements(inner, choices.below(2));
    return `{\n${[...lines, `${inner.indent}return ${choices.percent(60) ? call({ ...inner, texts }) : text({ ...inner, texts }, 2)};`].join('\n')}\n${scope.indent}}`;
  };
  const handler = (): string => {
    const { lines } = statements(inner, choices.below(2));
    const end = choices.pick([undefined, `throw ${error};`, scope.returns === 'text' ? `return ${text(inner, 1)};` : 'return;']);
    const all = [`${inner.indent}${seen}`, ...lines, ...(end === undefined ? [] : [inner.indent + end])];
    return `{\n${all.join('\n')}\n${scope.indent}}`;
  };
  return choices.pick([
    () => ({ line: `try ${attempted()} catch (${error}) ${handler()}` }),
    () => ({ line: `try ${attempted()} catch (${error}) ${handler()} finally ${block(scope, { loop: undefined })}` }),
    () => ({ line: `try ${attempted()} finally ${block(scope, { loop: undefined })}` }),
  ])();
}

function choice(scope: Scope): Made {
  const inner = deeper(scope, { loop: undefined });
  const deepest = { ...inner, indent: `${inner.indent}  ` };
  const arm = (head: string): string => {
    const { lines } = statements(deepest, 1);
    return `${inner.indent}${head}: {\n${lines.join('\n')}\n${deepest.indent}break;\n${inner.indent}}`;
  };
  const arms = [arm(`case ${text(scope, 1)}`), arm("case 'x'"), arm('default')];
  return { line: `switch (${text(scope, 2)}) {\n${arms.join('\n')}\n${scope.indent}}` };
}

/** A function inside the function. */
function local(scope: Scope): Made {
  const { choices, home } = scope;
  const name = home.fresh('inner');
  const parameter = home.fresh('p');
  const inner = deeper(scope, { texts: [...scope.texts, parameter], async: false, loop: undefined, returns: 'text', self: undefined });
  const body = `{\n${bodyOf(inner, 1 + choices.below(2))}\n${scope.indent}}`;
  const maker = home.fresh('make');
  const other = `(${parameter}) => ${parameter} + '!'`;
  const define = choices.weighted([
    [2, `function ${name}(${parameter}) ${body}`],
    [2, `const ${name} = (${parameter}) => ${body};`],
    [2, `const ${name} = function (${parameter}) ${body};`],
    [1, `const ${maker} = () => function (${parameter}) ${body};\n${scope.indent}const ${name} = ${maker}();`],
    [
      1,
      `function ${maker}(loud) { if (loud) return ${other}; return (${parameter}) => ${body}; }\n${scope.indent}const ${name} = ${maker}(${scope.number} > 1);`,
    ],
    [1, `let ${name} = ${other};\n${scope.indent}if (${scope.number} > 0) ${name} = (${parameter}) => ${body};`],
    [1, `const ${name} = (${scope.number} > 1 && (${other})) || ((${parameter}) => ${body});`],
    [1, `const ${name} = ${scope.number} > 1 ? ${other} : function (${parameter}) ${body};`],
    [
      1,
      `function ${maker}(options, done) { if (typeof options === 'function') { done = options; options = {}; } return done(options.name || 'a.txt'); }\n` +
        `${scope.indent}const ${name} = (given) => ${maker}({ name: given }, (${parameter}) => ${body}) + ${maker}((given) => given);`,
    ],
  ]);
  const use = choices.pick([`trace(${name}('a.txt'));`, `trace(${name}(${text(scope, 1)}) + ${name}('x'));`, `${name}('none.txt');`]);
  return { line: `${define}\n${scope.indent}${use}` };
}

/** What must stay as it is, because nobody there can wait. */
function barrier(scope: Scope): Made {
  const { choices, home } = scope;
  const name = home.fresh('Thing');
  const inner = deeper(scope, { async: false, loop: undefined, returns: 'text', self: undefined });
  return choices.pick([
    () => ({ line: `class ${name} { constructor() { this.text = ${text(inner, 2)}; } }\n${scope.indent}trace(new ${name}().text);` }),
    () => ({ line: `const ${name} = { get text() { return ${text(inner, 2)}; } };\n${scope.indent}trace(${name}.text);` }),
    () => ({ line: `function* ${name}() { yield ${text(inner, 2)}; }\n${scope.indent}for (const one of ${name}()) trace(one);` }),
    () => ({ line: `trace(['b', 'a'].sort((one, two) => (${text(inner, 2)}).length - two.length).join());` }),
    () => ({ line: `trace('axa'.replace(/a/g, () => ${text(inner, 2)}));` }),
    () => ({ line: `trace(JSON.stringify({ toJSON() { return ${text(inner, 2)}; } }));` }),
  ])();
}

/** A call of a function of the program, whose result may be dropped. */
function call(scope: Scope): string {
  const { choices } = scope;
  if (scope.self !== undefined && choices.percent(8)) {
    return `(n > 0 ? ${scope.self.reference(scope)}(${argument(scope)}, n - 1) : 'end')`;
  }
  const [first, ...others] = scope.callees.filter((callee) => scope.async || !callee.async);
  if (first === undefined) return read(scope);
  // Those last declared are called most, so that chains are long.
  const callee = choices.pick([first, ...others].reverse() as [Callee, ...Callee[]]);
  const target = callee.reference(scope);
  const given = `${argument(scope)}, ${choices.pick([scope.number, '1', '0'])}`;
  const called = choices.weighted([
    [12, `${target}(${given})`],
    [1, `${target}?.(${given})`],
    [1, callee.passable ? `${target}.call(null, ${given})` : `${target}(${given})`],
    [1, callee.passable ? `${target}.apply(null, [${given}])` : `${target}(${given})`],
  ]);
  return callee.async ? `await ${called}` : called;
}

function argument(scope: Scope): string {
  const [first, ...others] = scope.texts;
  const given = first === undefined ? "'a.txt'" : scope.choices.pick([first, ...others]);
  return scope.choices.weighted([
    [3, given],
    [4, scope.choices.pick(files)],
    [1, scope.choices.pick(words)],
  ]);
}

function path(scope: Scope): string {
  return argument(scope);
}

/** A blocking call that gives a text. */
function read(scope: Scope): string {
  const { choices, home } = scope;
  const fs = (name: string): string => home.blocking('fs', name);
  return choices.weighted<() => string>([
    [6, () => `${fs('readFileSync')}(${path(scope)}, 'utf8')`],
    [2, () => `${fs('readFileSync')}(${path(scope)}).toString()`],
    [2, () => `${fs('readFileSync')}(${path(scope)}, 'utf8').trim()`],
    [1, () => `${fs('readFileSync')}(${path(scope)}, { encoding: 'utf8' })`],
    [1, () => `String(${fs('existsSync')}(${path(scope)}))`],
    [1, () => `String(${fs('statSync')}(${path(scope)}).size)`],
    [1, () => `${fs('readdirSync')}('sub').join()`],
    [1, () => `${home.blocking('zlib', 'deflateSync')}(${text(scope, 0)}).toString('hex').slice(0, 6)`],
  ])();
}

export function text(scope: Scope, size: number): string {
  const { choices } = scope;
  const [first, ...others] = scope.texts;
  const named = (): string => (first === undefined ? choices.pick(words) : choices.pick([first, ...others]));
  const word = (): string => choices.pick(words);
  if (size <= 0) return choices.percent(30) ? word() : named();
  const half = (): string => text(scope, size - 1);
  const alternatives: [readonly [number, () => string], ...(readonly [number, () => string])[]] = [
    [3, named],
    [1, word],
    [7, () => read(scope)],
    [7, () => parenthesised(call(scope))],
    [2, () => `\`\${${half()}}-\${${half()}}\``],
    [2, () => `(${half()} + ${half()})`],
    [1, () => `(${condition(scope, size - 1)} ? ${half()} : ${half()})`],
    [1, () => `(${half()} || ${half()})`],
    [1, () => `(${half()} && ${half()})`],
    [1, () => `(${half()} ?? ${half()})`],
    [1, () => `[${half()}, ${half()}].join('+')`],
    [1, () => `[...[${half()}]].join()`],
    [1, () => `({ key: ${half()} }).key`],
    [1, () => `(${half()}, ${half()})`],
    [1, () => `String((${half()})?.length)`],
    [1, () => `(${half()}).toUpperCase()`],
    [1, () => `${parenthesised(call(scope))}.slice(0, 9)`],
  ];
  const [target] = scope.assignable;
  if (target !== undefined) alternatives.push([1, () => `(${target} = ${half()})`]);
  if (scope.depth > 0 && size > 1) {
    alternatives.push([1, () => throughArray(scope)], [1, () => inPlace(scope)]);
  }
  return choices.weighted(alternatives)();
}

/** `await f()` binds less than a member access does. */
function parenthesised(called: string): string {
  return called.startsWith('await ') ? `(${called})` : called;
}

function throughArray(scope: Scope): string {
  const { choices, home } = scope;
  const item = home.fresh('item');
  const array = list(scope);
  return choices.pick([
    () => `${array}.map(${callback(scope, [item], 'text')}).join()`,
    () => `${array}.filter(${callback(scope, [item], 'condition')}).join()`,
    () => `String(${array}.some(${callback(scope, [item], 'condition')}))`,
    () => `String(${array}.every(${callback(scope, [item], 'condition')}))`,
    () => `String(${array}.find(${callback(scope, [item], 'condition')}))`,
    () => `${array}.flatMap(${callback(scope, [item], 'text')}).join()`,
    () => `${array}.reduce(${callback(scope, [item, home.fresh('next')], 'text')}, '')`,
  ])();
}

/** A function that is called where it is written. */
function inPlace(scope: Scope): string {
  const inner = deeper(scope, { async: false, loop: undefined, returns: 'text', self: undefined });
  return `(() => {\n${bodyOf(inner, 1)}\n${scope.indent}})()`;
}

function condition(scope: Scope, size: number): string {
  const { choices, home } = scope;
  if (size <= 0) return `${scope.number} > 0`;
  return choices.weighted<() => string>([
    [3, () => `${scope.number} > ${choices.below(3)}`],
    [2, () => `(${text(scope, size - 1)}).length > 3`],
    [2, () => `${text(scope, size - 1)} === ${text(scope, size - 1)}`],
    [4, () => `${home.blocking('fs', 'existsSync')}(${path(scope)})`],
    [1, () => `${home.blocking('fs', 'statSync')}(${path(scope)}).isFile()`],
    [3, () => `${parenthesised(call(scope))}.length > 1`],
    [1, () => `!(${condition(scope, size - 1)})`],
    [1, () => `(${condition(scope, size - 1)} && ${condition(scope, size - 1)})`],
    [1, () => `(${condition(scope, size - 1)} || ${condition(scope, size - 1)})`],
  ])();
}
