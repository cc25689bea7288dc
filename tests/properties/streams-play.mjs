/** Plays generated programs one after the other, and sends what each of them told: `streams-play.mjs folder count`. */

import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const [folder, count] = process.argv.slice(2);
const require = createRequire(path.join(folder, 'play.cjs'));
const limit = 40;

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
  await Promise.race([told, sleep(limit)]);
  // What is told twice, or too late, comes within a few turns.
  await sleep(4);
  traces.push([...own]);
}
process.send(traces, () => process.exit(0));
