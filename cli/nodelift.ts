/** One use of the command line, from its words to its exit code. */

import { UsageError } from '../engine/errors.ts';
import { openConsole, type Console } from './console.ts';
import type { EngineLoader } from './engine.ts';
import { exitCodes, type ExitCode } from './exit-code.ts';
import { FileError } from './file-error.ts';
import { helpFor } from './help.ts';
import { parseArguments, type Invocation } from './options.ts';
import { packageVersion } from './package.ts';
import { escapedLine, type World } from './terminal.ts';

/**
 * The engine, and TypeScript with it, is loaded by the commands that need it: help and mistakes are answered at once.
 * Never throws: whatever goes wrong is told on stderr.
 */
export async function nodelift(args: readonly string[], world: World, loadEngine: EngineLoader): Promise<ExitCode> {
  const mentioned = (option: string): boolean => args.includes(option);
  const terminal = openConsole(world, { color: !mentioned('--no-color') });
  try {
    const invocation = parseArguments(args);
    return await perform(invocation, world, terminal, loadEngine);
  } catch (error) {
    if (world.interruption.signal.aborted) {
      await terminal.messages.write('Interrupted.\n');
      return exitCodes.interrupted;
    }
    await terminal.messages.write(errorMessage(error, terminal, mentioned('--verbose')));
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  }
}

async function perform(invocation: Invocation, world: World, terminal: Console, loadEngine: EngineLoader): Promise<ExitCode> {
  switch (invocation.command) {
    case 'help':
      await terminal.result(helpFor(invocation.of, terminal.colors));
      return exitCodes.done;
    case 'version':
      await terminal.result(`${packageVersion()}\n`);
      return exitCodes.done;
    case 'list': {
      const { listCommand } = await import('./commands/list.ts');
      return await listCommand(invocation.list, invocation.common, world, terminal, loadEngine);
    }
    case 'explain': {
      const { explainCommand } = await import('./commands/explain.ts');
      return await explainCommand(invocation.subject, terminal);
    }
    case 'init': {
      const { initCommand } = await import('./commands/init.ts');
      return await initCommand(world, terminal);
    }
    case 'completion': {
      const { completionCommand } = await import('./commands/completion.ts');
      return await completionCommand(invocation.shell, world, terminal);
    }
    case 'undo': {
      const { undoCommand } = await import('./commands/undo.ts');
      return await undoCommand(invocation.common, world, terminal, loadEngine);
    }
    case 'run': {
      const { runCommand } = await import('./commands/run.ts');
      return await runCommand(invocation.run, invocation.common, world, terminal, loadEngine);
    }
  }
}

/** A line for what a person can get wrong; a fault of our own says so, and keeps its stack for `--verbose`. */
function errorMessage(error: unknown, { messages }: Console, verbose: boolean): string {
  const message = error instanceof Error ? error.message : String(error);
  const label = messages.colors.red('error:');
  if (error instanceof UsageError || error instanceof FileError) return `${label} ${escapedLine(message)}\n`;
  const stack = verbose && error instanceof Error ? `${error.stack ?? ''}\n` : '';
  return `${label} ${escapedLine(`nodelift failed, by a fault of its own: ${message}`)}${verbose ? '' : ' (--verbose shows where)'}\n${stack}`;
}
