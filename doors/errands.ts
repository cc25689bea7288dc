/** Sends files to the analysing thread, and waits for the answer: asleep, for ESLint, whose rules cannot await; or awake. */

import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Analysis, AnalysisRequest } from './analysis.ts';
import type { Answer, Errand } from './worker.ts';

/** A whole project takes a while, but not this long. */
const PATIENCE = 10 * 60_000;

let worker: Worker | undefined;

function theWorker(): Worker {
  worker ??= new Worker(new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url), { execArgv: [] });
  // An idle thread keeps nobody's process alive.
  worker.unref();
  return worker;
}

export function analyseSync(request: AnalysisRequest): Analysis {
  const { port1, port2 } = new MessageChannel();
  const done = new Int32Array(new SharedArrayBuffer(4));
  theWorker().postMessage({ request, port: port2, done } satisfies Errand, [port2]);
  Atomics.wait(done, 0, 0, PATIENCE);
  const received = receiveMessageOnPort(port1) as { readonly message: Answer } | undefined;
  port1.close();
  return analysisIn(received?.message ?? { error: 'the analysis took too long' });
}

export async function analyseAsync(request: AnalysisRequest): Promise<Analysis> {
  const { port1, port2 } = new MessageChannel();
  const thread = theWorker();
  const answer = new Promise<Answer>((resolve) => port1.once('message', resolve));
  thread.postMessage({ request, port: port2, done: new Int32Array(new SharedArrayBuffer(4)) } satisfies Errand, [port2]);
  try {
    return analysisIn(await answer);
  } finally {
    port1.close();
  }
}

function analysisIn(answer: Answer): Analysis {
  if ('error' in answer) throw new Error(`nodelift: ${answer.error}`);
  return answer.analysis;
}
