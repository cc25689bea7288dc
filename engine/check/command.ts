/** Runs a command of the person's own, such as `npm test`, and keeps what it says. */

import { spawn, spawnSync } from 'node:child_process';

export interface CommandOptions {
  /** Absolute: where the person stands. */
  readonly cwd: string;
  /** Milliseconds after which it has failed. */
  readonly timeout?: number;
  /** Ends it, with everything that it started. */
  readonly signal?: AbortSignal;
}

export interface CommandResult {
  readonly kind: 'passed' | 'failed' | 'timed out' | 'interrupted';
  /** How it ended, to be put behind its name: "exited with 1", "was ended by SIGSEGV". */
  readonly ending: string;
  /** What it wrote, to either stream; of very much, the beginning and the end. */
  readonly output: string;
  readonly milliseconds: number;
}

/** A command through the shell, as a person would type it. Never rejects. */
export function runCommand(command: string, { cwd, timeout, signal }: CommandOptions): Promise<CommandResult> {
  const began = performance.now();
  const output = new KeptOutput();
  return new Promise((settle) => {
    let reason: 'timed out' | 'interrupted' | undefined;
    // A group of its own, so that all of it can be ended: what a test runner started too.
    const child = spawn(command, { cwd, shell: true, detached: process.platform !== 'win32', stdio: ['ignore', 'pipe', 'pipe'] });
    const end = (why: 'timed out' | 'interrupted'): void => {
      reason ??= why;
      killTree(child.pid);
    };
    const interrupt = (): void => end('interrupted');
    const atExit = (): void => killTree(child.pid);
    const timer = timeout === undefined ? undefined : setTimeout(end, timeout, 'timed out');
    const settled = (kind: CommandResult['kind'], ending: string): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', interrupt);
      process.off('exit', atExit);
      settle({ kind, ending, output: output.text(), milliseconds: performance.now() - began });
    };
    process.on('exit', atExit);
    signal?.addEventListener('abort', interrupt);
    if (signal?.aborted === true) interrupt();
    child.stdout.on('data', (chunk: Buffer) => output.add(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.add(chunk));
    child.on('error', (error) => settled('failed', `could not be started (${error.message})`));
    child.on('exit', () => {
      // Something that it left running may hold the pipes open for ever.
      setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, patience).unref();
    });
    child.on('close', (code, ended) => {
      if (reason === 'timed out') settled(reason, `did not end within ${Math.round((timeout ?? 0) / 100) / 10} s`);
      else if (reason === 'interrupted') settled(reason, 'was interrupted');
      else if (code === 0) settled('passed', 'passed');
      else settled('failed', ended === null ? `exited with ${code}` : `was ended by ${ended}`);
    });
  });
}

const patience = 1000;

function killTree(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    if (process.platform === 'win32') spawnSync('taskkill', ['/pid', String(pid), '/t', '/f']);
    else process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

const headSize = 64 * 1024;
const tailSize = 256 * 1024;

/** The beginning and the end of an output, whatever its size. */
class KeptOutput {
  #head: Buffer[] = [];
  #headLength = 0;
  #tail: Buffer[] = [];
  #tailLength = 0;
  #dropped = 0;

  add(chunk: Buffer): void {
    const room = headSize - this.#headLength;
    const first = chunk.subarray(0, Math.max(room, 0));
    if (first.length > 0) {
      this.#head.push(first);
      this.#headLength += first.length;
    }
    if (first.length === chunk.length) return;
    this.#tail.push(chunk.subarray(first.length));
    this.#tailLength += chunk.length - first.length;
    while (this.#tailLength - (this.#tail[0]?.length ?? 0) > tailSize) {
      const gone = this.#tail.shift()?.length ?? 0;
      this.#tailLength -= gone;
      this.#dropped += gone;
    }
  }

  text(): string {
    const gap = this.#dropped === 0 ? [] : [Buffer.from(`\n… ${this.#dropped} bytes left out …\n`)];
    return Buffer.concat([...this.#head, ...gap, ...this.#tail]).toString('utf8');
  }
}
