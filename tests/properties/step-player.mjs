/**
 * Plays generated programs of asynchronous steps, each once without a failure and once for every step that can fail, and sends the traces.
 * Message from the parent: `{ programs: [{ text, steps }] }`. Time is virtual: one step ends at a time, in an order that the programs'
 * own microtasks do not change.
 */

import { setImmediate } from 'node:timers/promises';
import util from 'node:util';
import vm from 'node:vm';

let world;
process.on('unhandledRejection', (error) => world?.crash(error));

class World {
  trace = [];
  /** A process that has crashed does nothing more. */
  isDead = false;
  #failing;
  #now = 0;
  #timers = [];

  constructor(failing) {
    this.#failing = failing;
  }

  crash(error) {
    this.say('crash', error?.message);
    this.isDead = true;
  }

  say(...values) {
    if (this.isDead || this.trace.length > 200) return;
    this.trace.push(
      values.map((value) => (value instanceof Error ? `error ${value.message}` : (JSON.stringify(value) ?? String(value)))).join(' '),
    );
  }

  #failureOf(id) {
    return id === this.#failing ? Object.assign(new Error(`failed ${id}`), { code: `E${id % 3}` }) : undefined;
  }

  note = (id, ...values) => {
    this.say('note', id, ...values);
    const failure = this.#failureOf(id);
    if (failure !== undefined) throw failure;
    return `n${id}`;
  };

  #later(name, done) {
    const id = Number(String(name).slice(1));
    this.say('start', id);
    this.#timers.push({ due: this.#now + 1 + ((id * 7919) % 97) / 10, id, done: () => done(this.#failureOf(id) ?? null, `t${id}`) });
  }

  get modules() {
    const readFile = (name, encoding, done) => this.#later(name, (failure, text) => (failure === null ? done(null, text) : done(failure)));
    const promises = {
      readFile: (name) =>
        new Promise((resolve, reject) => this.#later(name, (failure, text) => (failure === null ? resolve(text) : reject(failure)))),
    };
    return { fs: { readFile, promises }, 'fs/promises': promises, util, './world': { note: this.note }, express: () => this.#express() };
  }

  #express() {
    const app = (route) => {
      const answer = (how) => (value) => (this.say(how, value), response);
      const response = { json: answer('json'), send: answer('send'), status: answer('status'), end: answer('end') };
      const next = (error) => this.say('next', error?.message);
      try {
        this.handlers[route]({ params: { id: 'x1' }, query: {} }, response, next);
      } catch (error) {
        next(error);
      }
    };
    app.get = (route, handler) => {
      this.handlers[route] = handler;
    };
    return app;
  }

  handlers = {};

  async settle() {
    await setImmediate();
    // A program that was spoiled may go on for ever.
    for (let fired = 0; this.#timers.length > 0 && !this.isDead && fired < 300; fired += 1) {
      this.#timers.sort((a, b) => a.due - b.due || a.id - b.id);
      const timer = this.#timers.shift();
      this.#now = timer.due;
      try {
        timer.done();
      } catch (error) {
        this.crash(error);
      }
      await setImmediate();
    }
    await setImmediate();
  }
}

async function play(script, failing) {
  world = new World(failing);
  const own = world;
  const { modules } = own;
  const module = { exports: {} };
  script(module, module.exports, (name) => modules[name]);
  if (typeof module.exports === 'function') {
    module.exports('/');
  } else {
    const started = async () => module.exports.run('x');
    started().then(
      (value) => own.say('returned', value),
      (error) => own.say('threw', error?.message),
    );
  }
  await own.settle();
  return own.trace;
}

process.once('message', async ({ programs }) => {
  const traces = [];
  for (const { text, steps } of programs) {
    const own = [];
    try {
      const script = vm.runInThisContext(`(function (module, exports, require) {${text}\n})`);
      for (let failing = -1; failing < steps; failing += 1) own.push(await play(script, failing));
    } catch (error) {
      own.push([`did not run: ${String(error?.stack ?? error)}`]);
    }
    traces.push(own);
  }
  process.send(traces, () => process.exit(0));
});
