/**
 * A clock for tests that measure milliseconds: `node -r scripts/still-clock.cjs …`. Time stands still while code runs, and goes on to the
 * next timer when nothing else is left to do, so that a busy machine sees what an idle one sees. Child processes keep the real time.
 */

'use strict';

const { setImmediate } = globalThis;
const RealDate = Date;
/** Turns of the event loop in which files and sockets may still answer before time goes on. */
const quietTurns = 6;
const longest = 2 ** 31 - 1;

let now = RealDate.UTC(2020, 0, 1);
let count = 0;
let isGoing = false;
/** @type {Map<number, Timer>} */
const timers = new Map();

class Timer {
  constructor(callback, delay, args, repeats) {
    const wanted = Math.trunc(Number(delay));
    this.id = count += 1;
    this.delay = wanted >= 1 && wanted <= longest ? wanted : 1;
    this.callback = callback;
    this.args = args;
    this.repeats = repeats;
    this.isHeld = true;
    this.refresh();
  }

  refresh() {
    this.at = now + this.delay;
    timers.set(this.id, this);
    goOn();
    return this;
  }

  ref() {
    this.isHeld = true;
    goOn();
    return this;
  }

  unref() {
    this.isHeld = false;
    return this;
  }

  hasRef() {
    return this.isHeld;
  }

  [Symbol.toPrimitive]() {
    return this.id;
  }
}

function goOn() {
  if (isGoing) return;
  isGoing = true;
  wait(quietTurns);
}

function wait(turns) {
  setImmediate(() => (turns > 0 ? wait(turns - 1) : fire()));
}

function fire() {
  isGoing = false;
  const waiting = [...timers.values()].sort((a, b) => a.at - b.at || a.id - b.id);
  const [next] = waiting;
  // As the real ones, timers that nobody holds do not keep the process alive.
  if (next === undefined || !waiting.some(({ isHeld }) => isHeld)) return;
  now = Math.max(now, next.at);
  if (next.repeats) next.at = now + next.delay;
  else timers.delete(next.id);
  goOn();
  next.callback(...next.args);
}

function clear(timer) {
  if (timer !== undefined && timer !== null) timers.delete(Number(timer));
}

globalThis.setTimeout = (callback, delay, ...args) => new Timer(callback, delay, args, false);
globalThis.setInterval = (callback, delay, ...args) => new Timer(callback, delay, args, true);
globalThis.clearTimeout = clear;
globalThis.clearInterval = clear;

globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(now);
    else super(...given);
  }

  static now() {
    return now;
  }
};
