/** Plays generated programs one after the other, and sends what each of them told: `streams-play.mjs folder count`. */

import { createRequire } from 'node:module';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';

const [folder, count] = process.argv.slice(2);
const require = createRequire(path.join(folder, 'play.cjs'));
const limit = 200;

/** Turns of the event loop: no clock, so that a slow machine sees the same. */
async function turns(number) {
  for (let turn = 0; turn < number; turn += 1) await setImmediate();
}

let trace = [];
process.on('uncaughtException', (error) => trace.push(`crashed ${error?.message}`));

/** All together, for most of the time is waiting; each crash is told to the program that is under way, so those are played alone. */
const traces = [];
for (let index = 0; index < Number(count); index += 1) {
  const own = (trace = []);
  const told = new Promise((resolve) => {
    const push = own.push;
    own.push = (...entries) => {
      resolve();
      return push.apply(own, entries);
    };
  });
  try {
    require(`./p${index}.js`)((entry) => own.push(entry));
  } catch (error) {
    own.push(`threw ${error.message}`);
  }
  await Promise.race([told, turns(limit)]);
  // What is told twice, or too late, comes within a few turns.
  await turns(12);
  traces.push([...own]);
}
process.send(traces, () => process.exit(0));
