/** A progress bar on stderr for work that takes a while; only on a terminal, and never in CI. */

import { SingleBar } from 'cli-progress';
import type { Phase, RunEvent } from '../engine/result.ts';
import { escapedLine, isCi, textWidth, type Environment, type OutputStream } from './terminal.ts';

export interface Progress {
  readonly onEvent: (event: RunEvent) => void;
  /** Removes the bar. */
  stop(): void;
}

/** A run that is over before this needs no bar. */
const PATIENCE = 500;

const phaseWords: Readonly<Record<Phase, string>> = {
  discover: 'Looking for files',
  read: 'Reading',
  load: 'Loading the program',
  transform: 'Transforming',
  verify: 'Verifying',
  format: 'Formatting',
};

export function startProgress(stderr: OutputStream, env: Environment, wanted: boolean): Progress {
  if (!wanted || stderr.isTTY !== true || isCi(env) || env.TERM === 'dumb') return { onEvent: () => undefined, stop: () => undefined };
  const began = performance.now();
  let bar: SingleBar | undefined;
  let shown: Phase | undefined;

  const show = (phase: Phase, done: number, total: number, path: string): void => {
    if (!bar && performance.now() - began < PATIENCE) return;
    bar ??= newBar(stderr);
    const payload = { phase: phaseWords[phase].padEnd(19), path: fitted(path, textWidth(stderr) - 60) };
    if (shown !== phase) {
      shown = phase;
      bar.start(Math.max(total, 1), done, payload);
    } else {
      bar.setTotal(Math.max(total, 1));
      bar.update(done, payload);
    }
  };
  return {
    onEvent(event) {
      if (event.kind === 'phase') show(event.phase, 0, event.total ?? 0, '');
      else show(event.phase, event.done, event.total, event.path ?? '');
    },
    stop: () => bar?.stop(),
  };
}

function newBar(stream: OutputStream): SingleBar {
  return new SingleBar({
    format: '{phase} {bar} {value}/{total} {path}',
    stream,
    barsize: 20,
    fps: 10,
    clearOnComplete: true,
    // A hidden cursor would stay hidden after a crash.
    hideCursor: false,
    linewrap: true,
    // The engine works in long stretches, during which no timer fires: the bar is drawn when it is told of something.
    synchronousUpdate: true,
  });
}

function fitted(path: string, width: number): string {
  const text = escapedLine(path);
  return text.length > width ? `…${text.slice(text.length - width + 1)}` : text;
}
