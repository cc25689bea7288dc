/**
 * Runs generated programs, each in a world of its own, and sends their traces to the parent.
 * Message from the parent: `[{ files, entry, esm }]`.
 */

import { setImmediate } from 'node:timers/promises';
import { load, World } from './world.mjs';

const tree = { 'a.txt': 'alpha', 'b.txt': 'beta b.txt', 'empty.txt': '', sub: null, 'sub/c.txt': 'gamma', x: 'of x' };
const inputs = [
  ['a.txt', 1],
  ['none.txt', 2],
  ['sub', 0],
];

let playing;
process.on('unhandledRejection', (error) => playing?.trace.push(['nobody handled', String(error?.message ?? error)]));
process.on('uncaughtException', (error) => playing?.trace.push(['nobody caught', String(error?.message ?? error)]));

async function play(program) {
  const world = new World(tree);
  playing = world;
  const { run } = await load(program, world);
  for (const [name, n] of inputs) {
    try {
      const result = await run(name, n);
      world.trace.push(['returned', typeof result === 'string' ? result : `no text: ${String(result)}`]);
    } catch (error) {
      world.trace.push(['threw', String(error?.message), String(error?.code), String(error?.syscall), String(error?.path)]);
    }
    if (!world.isIdle) world.trace.push(['something is still under way']);
  }
  // What nobody waited for is heard of now.
  while (!world.isIdle) await setImmediate();
  await setImmediate();
  return world.trace;
}

process.once('message', async (programs) => {
  const traces = [];
  for (const program of programs) {
    try {
      traces.push(await play(program));
    } catch (error) {
      traces.push([['did not load', String(error?.message ?? error)]]);
    }
  }
  process.send(traces, () => process.exit(0));
});
