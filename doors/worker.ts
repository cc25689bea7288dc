/** The thread in which files are analysed for callers that cannot wait, or whose modules are not ours to load with. */

import { parentPort, type MessagePort } from 'node:worker_threads';
import { analyse, type Analysis, type AnalysisRequest } from './analysis.ts';

export interface Errand {
  readonly request: AnalysisRequest;
  readonly port: MessagePort;
  /** Set to 1 when the answer is there. */
  readonly done: Int32Array;
}

export type Answer = { readonly analysis: Analysis } | { readonly error: string };

parentPort?.on('message', ({ request, port, done }: Errand) => {
  const answer = (message: Answer): void => {
    port.postMessage(message);
    port.close();
    Atomics.store(done, 0, 1);
    Atomics.notify(done, 0);
  };
  analyse(request).then(
    (analysis) => answer({ analysis }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  );
});
