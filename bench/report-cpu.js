/** Loaded into each process that is measured: at its end it adds its CPU time, of all threads, and its peak memory to a file. */

import { appendFileSync } from 'node:fs';

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  const { maxRSS } = process.resourceUsage();
  if (process.env.BENCH_FILE) appendFileSync(process.env.BENCH_FILE, `${user + system} ${maxRSS}\n`);
});
