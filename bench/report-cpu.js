/** Loaded into each process that is measured: at its end it adds its CPU time, of all threads, to a file. */

import { appendFileSync } from 'node:fs';

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  if (process.env.BENCH_CPU_FILE) appendFileSync(process.env.BENCH_CPU_FILE, `${user + system}\n`);
});
