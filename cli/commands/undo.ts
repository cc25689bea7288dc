/** `nodelift undo`: takes back the last `--write`, and says of every file what became of it. */

import type { UndoOutcome } from '../../engine/journal/index.ts';
import type { Console } from '../console.ts';
import type { EngineLoader } from '../engine.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import type { CommonArguments } from '../options.ts';
import { counted, escapedLine, type World } from '../terminal.ts';

/** Without `--verbose`, a longer list is cut here. */
const LISTED_AT_MOST = 20;

export async function undoCommand(
  { verbose, quiet }: CommonArguments,
  { cwd, interruption }: World,
  terminal: Console,
  loadEngine: EngineLoader,
): Promise<ExitCode> {
  const { undo } = await loadEngine();
  const outcome = await undo(cwd, { signal: interruption.signal });
  interruption.over();
  await terminal.result(restoredLines(outcome, verbose));
  await terminal.messages.write(problemLines(outcome, terminal.messages.colors) + (quiet ? '' : closingLine(outcome)));
  if (interruption.signal.aborted && !outcome.complete) return exitCodes.interrupted;
  return outcome.failed.length > 0 || outcome.edited.length > 0 ? exitCodes.failed : exitCodes.done;
}

function restoredLines({ restored }: UndoOutcome, verbose: boolean): string {
  const listed = verbose ? restored : restored.slice(0, LISTED_AT_MOST);
  const more = restored.length - listed.length;
  return listed.map((path) => `restored ${escapedLine(path)}\n`).join('') + (more > 0 ? `… and ${counted(more, 'more file')}\n` : '');
}

function problemLines({ edited, failed }: UndoOutcome, colors: Console['colors']): string {
  return [
    ...edited.map(({ path, change, original }) => {
      const what = change === 'deleted' ? 'was deleted' : 'was edited';
      return `${colors.yellow('left alone:')} ${escapedLine(`${path} ${what} since the write; its original is in ${original}`)}\n`;
    }),
    ...failed.map(({ path, error }) => `${colors.red('error:')} ${escapedLine(`${path}: ${error}`)}\n`),
  ].join('');
}

function closingLine({ time, restored, untouched, complete }: UndoOutcome): string {
  const same = untouched.length > 0 ? `, ${untouched.length} had ${untouched.length === 1 ? 'its' : 'their'} old bytes already` : '';
  const rest = complete ? '' : ' Not everything could be taken back; "nodelift undo" goes on with it.';
  return `The write of ${when(time)} was taken back: ${counted(restored.length, 'file')} restored${same}.${rest}\n`;
}

function when(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? time : date.toLocaleString('sv-SE');
}
