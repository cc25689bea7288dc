/**
 * Runs scripts of package.json at the same time, and says what each has said when it has ended, so that their lines do not mix:
 * `node scripts/side-by-side.js lint typecheck`. Ends with 1 when one of them fails, after all have ended.
 */

import { spawn } from 'node:child_process';

/**
 * @param {string} script
 * @returns {Promise<boolean>}
 */
function succeeds(script) {
  // npm names the program that runs it; without npm it is looked for on the path.
  const [program, ...before] = process.env.npm_execpath === undefined ? ['npm'] : [process.execPath, process.env.npm_execpath];
  const child = spawn(program, [...before, 'run', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  /** @type {Buffer[]} */
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => said.push(chunk));
  return new Promise((settle) => {
    child.on('error', (error) => said.push(Buffer.from(`${error.message}\n`)) && settle(false));
    child.on('close', (code) => {
      process.stdout.write(Buffer.concat(said));
      if (code !== 0) process.stderr.write(`${script} failed\n`);
      settle(code === 0);
    });
  });
}

const outcomes = await Promise.all(process.argv.slice(2).map(succeeds));
process.exitCode = outcomes.every(Boolean) ? 0 : 1;
