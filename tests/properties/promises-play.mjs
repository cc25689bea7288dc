/** Plays generated programs one after the other, and sends what each of them told: `promises-play.mjs folder count`. */

import { createRequire } from 'node:module';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';

const [folder, count] = process.argv.slice(2);
const require = createRequire(path.join(folder, 'play.cjs'));
let trace = [];
globalThis.told = (entry) => void trace.push(entry);
console.error = (error) => void trace.push(`told ${error?.message}`);
process.on('unhandledRejection', (error) => trace.push(`unhandled ${error?.message}`));
process.on('uncaughtException', (error) => trace.push(`crashed ${error?.message}`));

/** Turns of the event loop, of which a program takes a few: no clock, so that a slow machine sees the same. */
async function turns(number) {
  for (let turn = 0; turn < number; turn += 1) await setImmediate();
}

const traces = [];
for (let index = 0; index < Number(count); index += 1) {
  const own = (trace = []);
  const work = require(`./p${index}.js`);
  // A promise that never settles is one that the failure of its executor left behind.
  const ended = await Promise.race([
    work().then(
      () => 'done',
      (error) => `rejected ${error?.message}`,
    ),
    turns(40).then(() => 'pending'),
  ]);
  await turns(12);
  own.push(ended);
  traces.push([...own]);
}
process.send(traces, () => process.exit(0));
