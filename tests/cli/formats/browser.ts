/** Headless Chromium, driven over the pipe of its DevTools protocol: https://chromedevtools.github.io/devtools-protocol */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

export interface Page {
  /** The value of an expression, evaluated in the page. */
  evaluate<T>(expression: string): Promise<T>;
  press(key: string): Promise<void>;
  type(text: string): Promise<void>;
  /** As the person's system prefers it. */
  setDark(dark: boolean): Promise<void>;
  screenshot(): Promise<Buffer>;
  /** Seconds that the processor worked for the page, whatever else the machine had to do. */
  work(): Promise<number>;
  /** What the page asked the network for, and what its policy kept away. */
  readonly requests: readonly string[];
  readonly console: readonly string[];
}

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

export interface Browser {
  /** @param hash what follows `#`, with it */
  open(html: string, hash?: string): Promise<Page>;
  close(): Promise<void>;
}

export function startBrowser(): Browser {
  const folder = mkdtempSync(join(tmpdir(), 'nodelift-chromium-'));
  const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--hide-scrollbars'];
  const place = [`--user-data-dir=${join(folder, 'profile')}`, '--remote-debugging-pipe', '--window-size=1440,900', 'about:blank'];
  const process = spawn('chromium', [...flags, ...place], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => process.once('close', () => resolve()));
  const connection = connect(process.stdio[3] as Writable, process.stdio[4] as Readable);
  let pages = 0;
  return {
    open(html, hash = '') {
      pages += 1;
      const file = join(folder, `report-${pages}.html`);
      writeFileSync(file, html);
      return openPage(connection, `${pathToFileURL(file).href}${hash}`);
    },
    async close() {
      process.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Connection {
  readonly send: <T>(method: string, params?: object, sessionId?: string) => Promise<T>;
  readonly listeners: Set<(message: Message) => void>;
}

/** Messages are JSON, each ended by a zero byte. */
function connect(input: Writable, output: Readable): Connection {
  const waiting = new Map<number, (message: Message) => void>();
  const listeners = new Set<(message: Message) => void>();
  let received = '';
  let last = 0;
  output.setEncoding('utf8');
  output.on('data', (chunk: string) => {
    const messages = (received + chunk).split('\0');
    received = messages.pop() ?? '';
    for (const text of messages) {
      const message = JSON.parse(text) as Message;
      if (message.id === undefined) for (const listener of listeners) listener(message);
      else waiting.get(message.id)?.(message);
    }
  });
  return {
    listeners,
    send<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
      last += 1;
      const id = last;
      return new Promise<T>((resolve, reject) => {
        waiting.set(id, ({ result, error }) => (error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result as T)));
        input.write(`${JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) })}\0`);
      });
    },
  };
}

async function openPage({ send, listeners }: Connection, url: string): Promise<Page> {
  const requests: string[] = [];
  const logged: string[] = [];
  let loaded: () => void = () => undefined;
  const load = new Promise<void>((resolve) => (loaded = resolve));
  const { targetId } = await send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true });
  const inPage = <T>(method: string, params: object = {}): Promise<T> => send<T>(method, params, sessionId);
  listeners.add(({ method, params, sessionId: from }) => {
    if (from !== sessionId) return;
    if (method === 'Network.requestWillBeSent') requests.push((params as { request: { url: string } }).request.url);
    if (method === 'Page.loadEventFired') loaded();
    if (method === 'Log.entryAdded') logged.push((params as { entry: { text: string } }).entry.text);
    if (method === 'Runtime.exceptionThrown' || method === 'Runtime.consoleAPICalled') logged.push(JSON.stringify(params));
  });
  for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await inPage(`${domain}.enable`);
  await inPage('Performance.enable', { timeDomain: 'threadTicks' });
  await inPage('Page.navigate', { url });
  await load;

  return {
    async evaluate<T>(expression: string): Promise<T> {
      const answer = await inPage<{ result: { value: T }; exceptionDetails?: unknown }>('Runtime.evaluate', {
        expression,
        returnByValue: true,
        awaitPromise: true,
      });
      if (answer.exceptionDetails !== undefined) throw new Error(JSON.stringify(answer.exceptionDetails));
      return answer.result.value;
    },
    async press(key) {
      const text = key.length === 1 ? { text: key } : {};
      await inPage('Input.dispatchKeyEvent', { type: 'keyDown', key, ...text });
      await inPage('Input.dispatchKeyEvent', { type: 'keyUp', key });
    },
    type: (text) => inPage('Input.insertText', { text }),
    async setDark(dark) {
      await inPage('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
    },
    async screenshot() {
      const { data } = await inPage<{ data: string }>('Page.captureScreenshot', { format: 'png' });
      return Buffer.from(data, 'base64');
    },
    async work() {
      const { metrics } = await inPage<{ metrics: readonly { name: string; value: number }[] }>('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN;
    },
    requests,
    console: logged,
  };
}
