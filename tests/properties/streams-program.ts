/** Random programs that connect streams by hand, with a failure injected at one of them, or at none. */

import { Choices } from './choices.ts';

/** The streams that the programs are made of. They fail when they are told to, and count what is left open. */
export const parts = `
const { Readable, Transform, Writable, PassThrough } = require('stream');

const later = (how, work) => (how === 0 ? work() : how === 1 ? setImmediate(work) : setImmediate(() => setImmediate(work)));

class Source extends Readable {
  constructor({ chunks, failAt, how, size }) {
    super({ highWaterMark: 64 });
    Object.assign(this, { left: chunks, count: 0, failAt, how, size });
  }
  _read() {
    later(this.how, () => {
      if (this.destroyed) return;
      if (this.count === this.failAt) return this.destroy(new Error('source'));
      if (this.left === 0) return this.push(null);
      this.left -= 1;
      this.count += 1;
      this.push(Buffer.alloc(this.size, 97 + (this.count % 26)));
    });
  }
}

class Step extends Transform {
  constructor({ failAt, how, name }) {
    super({ highWaterMark: 64 });
    Object.assign(this, { failAt, how, step: name, count: 0 });
  }
  _transform(chunk, encoding, done) {
    later(this.how, () => (this.count++ === this.failAt ? done(new Error(this.step)) : done(null, chunk.toString().toUpperCase() + '.')));
  }
  _flush(done) {
    later(this.how, () => (this.failAt === -2 ? done(new Error(this.step + ' flush')) : done()));
  }
}

class Sink extends Writable {
  constructor({ failAt, how }) {
    super({ highWaterMark: 64 });
    Object.assign(this, { failAt, how, count: 0, got: '' });
  }
  _write(chunk, encoding, done) {
    later(this.how, () => {
      if (this.count++ === this.failAt) return done(new Error('sink'));
      this.got += chunk;
      done();
    });
  }
  _final(done) {
    later(this.how, () => done(this.failAt === -2 ? new Error('sink final') : null));
  }
}

module.exports = { Source, Step, Sink, PassThrough };
`;

const never = -1;
const atTheEnd = -2;

interface Made {
  readonly name: string;
  readonly text: string;
}

/** @returns the text of a module that exports \`(trace) => void\` */
export function streamProgram(numbers: ArrayLike<number>): string {
  const choose = new Choices(numbers);
  const steps = choose.weighted([
    [3, 0],
    [4, 1],
    [2, 2],
    [1, 3],
  ]);
  const stages = steps + 2;
  // Which stage fails, and when; nobody in a third of the programs.
  const failing = choose.percent(66) ? choose.below(stages) : never;
  const when = choose.percent(25) ? atTheEnd : choose.below(5);
  const how = (): number => choose.below(3);
  const failAt = (stage: number): number => (stage === failing ? (stage === 0 && when === atTheEnd ? 2 : when) : never);
  const made: Made[] = [];
  const chunks = choose.below(7);
  made.push({
    name: 'source',
    text: `new Source({ chunks: ${chunks}, failAt: ${failAt(0)}, how: ${how()}, size: ${1 + choose.below(90)} })`,
  });
  for (let index = 1; index <= steps; index += 1) {
    const isPlain = failing !== index && choose.percent(25);
    const name = `step${index}`;
    made.push({ name, text: isPlain ? 'new PassThrough()' : `new Step({ failAt: ${failAt(index)}, how: ${how()}, name: '${name}' })` });
  }
  made.push({ name: 'sink', text: `new Sink({ failAt: ${failAt(stages - 1)}, how: ${how()} })` });
  return moduleOf(choose, made, steps);
}

function moduleOf(choose: Choices, made: readonly Made[], steps: number): string {
  const keyword = choose.pick(['const', 'var'] as const);
  const isPromise = choose.percent(25);
  const handled = choose.percent(75) || isPromise;
  const fail = isPromise ? 'reject' : 'fail';
  const shape = choose.below(3);
  const handlerText = (): string =>
    isPromise || shape === 0 ? fail : shape === 1 ? `(error) => ${fail}(error)` : `function (error) { ${fail}(error); }`;
  const lines: string[] = made.map(({ name, text }) => `${keyword} ${name} = ${text};`);
  const listeners = handled ? made.map(({ name }) => `${name}.${choose.pick(['on', 'once'] as const)}('error', ${handlerText()});`) : [];
  const success = isPromise ? 'resolve()' : `trace('finished ' + sink.got)`;
  if (!isPromise && steps > 0 && failingIsRead(made) && choose.percent(20)) return readAside(choose, made.slice(0, -1), handled);
  const finish = choose.percent(80) || isPromise ? [`sink.on('finish', () => ${choose.percent(50) ? success : `{ ${success}; }`});`] : [];
  const connecting = connection(choose, made, steps);
  if (!isPromise && choose.percent(15)) return madeEarlier(choose, lines, listeners, finish, connecting);
  const wired = choose.percent(50) ? [...listeners, ...finish, ...connecting] : [...connecting, ...finish, ...listeners];
  const body = [...lines, ...wired];
  const head = `const { Source, Step, Sink, PassThrough } = require('./parts.js');`;
  if (isPromise) {
    return [
      head,
      'function copy() {',
      '  return new Promise((resolve, reject) => {',
      ...body.map((line) => `    ${line}`),
      '  });',
      '}',
      `module.exports = (trace) => { copy().then(() => trace('resolved'), (error) => trace('rejected ' + error.message)); };`,
      '',
    ].join('\n');
  }
  return [
    head,
    'module.exports = (trace) => {',
    `  const fail = (error) => trace('failed ' + error.message);`,
    ...body.map((line) => `  ${line}`),
    '};',
    '',
  ].join('\n');
}

/** The streams are there before the function that connects them is called; the destination may have its listener from then. */
function madeEarlier(
  choose: Choices,
  made: readonly string[],
  listeners: readonly string[],
  finish: readonly string[],
  connecting: readonly string[],
): string {
  const isOfSink = (line: string): boolean => line.startsWith('sink.');
  const early = choose.percent(60) ? listeners.filter(isOfSink) : [];
  const inner = [...listeners.filter((line) => !early.includes(line)), ...(choose.percent(50) ? finish : []), ...connecting];
  const outer = [...early, ...finish.filter((line) => !inner.includes(line))];
  return [
    `const { Source, Step, Sink, PassThrough } = require('./parts.js');`,
    'module.exports = (trace) => {',
    `  const fail = (error) => trace('failed ' + error.message);`,
    ...[...made, ...outer].map((line) => `  ${line}`),
    // Called once and at once, so that no clock decides when.
    '  new Promise(() => {',
    ...inner.map((line) => `    ${line}`),
    '  });',
    '};',
    '',
  ].join('\n');
}

/** Nothing fails in the destination, so that it can be left out. */
function failingIsRead(made: readonly Made[]): boolean {
  return made.at(-1)?.text.includes(`failAt: ${never},`) === true;
}

/** What comes out of the last transform is read by listeners. */
function readAside(choose: Choices, made: readonly Made[], handled: boolean): string {
  const last = made.at(-1)?.name ?? '';
  const isInChain = choose.percent(50);
  const readers = `.on('data', (chunk) => { got += chunk; })${isInChain ? '' : ';'}`;
  const end = `.on('end', () => trace('ended ' + got));`;
  const chain = `${made[0]?.name ?? ''}${made
    .slice(1)
    .map(({ name }) => `.pipe(${name})`)
    .join('')}`;
  const listeners = handled ? made.map(({ name }) => `${name}.on('error', fail);`) : [];
  const connecting = isInChain ? [`${chain}${readers}${end}`] : [`${chain};`, `${last}${readers}`, `${last}${end}`];
  return [
    `const { Source, Step, PassThrough } = require('./parts.js');`,
    'module.exports = (trace) => {',
    `  const fail = (error) => trace('failed ' + error.message);`,
    `  let got = '';`,
    ...made.map(({ name, text }) => `  const ${name} = ${text};`),
    ...(choose.percent(50) ? [...listeners, ...connecting] : [...connecting, ...listeners]).map((line) => `  ${line}`),
    '};',
    '',
  ].join('\n');
}

/** Each stage in between is there on a condition. */
function onCondition(choose: Choices, names: readonly string[]): string[] {
  const between = names.slice(1, -1).map((name) => {
    const condition = choose.percent(70);
    return choose.percent(50) ? `if (${condition}) out = out.pipe(${name});` : `if (${condition}) {\n    out = out.pipe(${name});\n  }`;
  });
  return [`let out = ${names[0] ?? ''};`, ...between, `out.pipe(${names.at(-1) ?? ''});`];
}

/** A copy loop, with or without work on the chunks, or pipes in one statement or several. */
function connection(choose: Choices, made: readonly Made[], steps: number): string[] {
  const names = made.map(({ name }) => name);
  if (steps === 0 && choose.percent(60)) {
    const work = choose.pick([
      'sink.write(chunk);',
      'if (chunk.length > 20) sink.write(chunk);',
      "sink.write(chunk); sink.write('|');",
      "chunk.toString().split('b').forEach((part) => sink.write(part + ','));",
      "chunk.toString().split('c').forEach(function (part) { if (part === '') return; sink.write(part); });",
      'var text = chunk.toString(); for (var at = 0; at < text.length; at += 9) { if (at > 40) return; sink.write(text.slice(at, at + 9)); }',
    ] as const);
    const loop = `source.on('data', (chunk) => { ${work} });`;
    const end = `source.on('end', () => ${choose.percent(50) ? 'sink.end()' : '{ sink.end(); }'});`;
    return choose.percent(50) ? [loop, end] : [end, loop];
  }
  if (steps > 0 && choose.percent(20)) return onCondition(choose, names);
  if (choose.percent(60))
    return [
      `${names[0] ?? ''}${names
        .slice(1)
        .map((name) => `.pipe(${name})`)
        .join('')};`,
    ];
  return names.slice(1).map((name, index) => `${names[index] ?? ''}.pipe(${name});`);
}
