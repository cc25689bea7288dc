#!/usr/bin/env node
/** The executable. Sets the exit code and lets the process end by itself, so that everything written gets out. */

import { loadEngine } from './engine.ts';
import { exitCodes } from './exit-code.ts';
import { nodelift } from './nodelift.ts';
import type { Interruption } from './terminal.ts';

/** Ctrl-C, the end of a job or container, and a terminal that is closed. */
const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const { stdout, stderr, env } = process;
process.exitCode = await nodelift(
  process.argv.slice(2),
  { cwd: currentFolder(), env, stdout, stderr, interruption: listenForInterrupt() },
  loadEngine,
);

function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    stderr.write('error: The folder that you are in does not exist any more; go to another one.\n');
    process.exit(exitCodes.usage);
  }
}

function listenForInterrupt(): Interruption {
  const controller = new AbortController();
  const listener = (): void => {
    // The second Ctrl-C does not wait. Every file is whole at any moment, because writes are renames.
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
  };
  for (const signal of interrupts) process.on(signal, listener);
  return {
    signal: controller.signal,
    over: () => {
      for (const signal of interrupts) process.off(signal, listener);
    },
  };
}
