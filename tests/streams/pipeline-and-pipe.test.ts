/** What Node does, where the transform relies on it. Seen alike on Node 20, 22 and 24 unless a test says otherwise. */

import { afterAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline, Writable } from 'node:stream';
import * as promises from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

const folder = fs.mkdtempSync(path.join(tmpdir(), 'nodelift-streams-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
fs.writeFileSync(at('in'), 'x'.repeat(200_000));
fs.writeFileSync(at('large'), Buffer.alloc(20_000_000));

type Failure = NodeJS.ErrnoException | null | undefined;

/** The error's code, for what a callback or a rejection gave. */
function codeOf(error: unknown): string {
  return (error as Failure)?.code ?? 'none';
}

async function withServer<T>(listener: http.RequestListener, work: (port: number) => Promise<T>): Promise<T> {
  const server = http.createServer(listener).listen(0);
  await once(server, 'listening');
  try {
    return await work((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** The status and body of the response, or the code of what went wrong. */
function send(port: number, options: http.RequestOptions = {}, body?: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const request = http.request({ port, ...options }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => resolve(`${response.statusCode} ${text}`));
      response.on('error', (error) => resolve(codeOf(error)));
    });
    request.on('error', (error) => resolve(codeOf(error)));
    request.end(body);
  });
}

/** Waits until it holds, as long as a busy machine may take. */
async function until(holds: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && !holds(); round += 1) await sleep(10);
}

/** Requests, and goes away when the first bytes have come. */
async function leaveEarly(port: number): Promise<void> {
  const request = http.get({ port }, (response) => response.once('data', () => request.destroy()));
  request.on('error', () => undefined);
  await once(request, 'close');
  await sleep(100);
}

describe('the end of a pipeline', () => {
  test('comes after finish and close of the destination', async () => {
    const seen: string[] = [];
    const target = fs.createWriteStream(at('out'));
    target.on('finish', () => seen.push('finish')).on('close', () => seen.push('close'));
    await new Promise<void>((resolve) => {
      pipeline(fs.createReadStream(at('in')), target, () => {
        seen.push('callback');
        resolve();
      });
    });
    expect(seen).toEqual(['finish', 'close', 'callback']);
  });

  test('leaves nothing open after a failure, which pipe does', async () => {
    const [source, packer, target] = [fs.createReadStream(at('none')), zlib.createGzip(), fs.createWriteStream(at('out'))];
    await promises.pipeline(source, packer, target).catch(() => undefined);
    await until(() => target.closed && packer.closed);
    expect([source, packer, target].map((stream) => stream.closed)).toEqual([true, true, true]);
    const [piped, kept] = [fs.createReadStream(at('none')), fs.createWriteStream(at('out'))];
    piped.on('error', () => undefined).pipe(kept);
    await until(() => piped.closed);
    await sleep(20);
    expect([piped.closed, kept.closed]).toEqual([true, false]);
    kept.destroy();
  });

  test('is told of the failure once, and listeners left on the stages hear the failures of others', async () => {
    const heard: string[] = [];
    const [source, packer, target] = [fs.createReadStream(at('none')), zlib.createGzip(), fs.createWriteStream(at('out'))];
    const streams: (fs.ReadStream | zlib.Gzip | fs.WriteStream)[] = [source, packer, target];
    for (const stream of streams) (stream as Writable).on('error', (error) => heard.push(codeOf(error)));
    let told = 0;
    pipeline(source, packer, target, () => (told += 1));
    await until(() => told > 0 && heard.length === 3);
    expect([told, heard]).toEqual([1, ['ENOENT', 'ENOENT', 'ENOENT']]);
  });

  test('hands on what a generator makes of the chunks', async () => {
    const stage = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<string> {
      for await (const chunk of source) yield chunk.toString().toUpperCase();
    };
    await promises.pipeline(fs.createReadStream(at('in')), stage, fs.createWriteStream(at('out')));
    expect(fs.readFileSync(at('out'), 'utf8')).toBe('X'.repeat(200_000));
  });

  test('holds the source back while the destination is slow', async () => {
    const source = fs.createReadStream(at('large'));
    let waiting = 0;
    const slow = new Writable({
      write(_chunk, _encoding, callback) {
        waiting = Math.max(waiting, slow.writableLength);
        setImmediate(callback);
      },
    });
    await promises.pipeline(source, slow);
    expect(waiting).toBeLessThanOrEqual(source.readableHighWaterMark * 2);
  });
});

describe('a response as the destination', () => {
  test('can still be answered after a failure of the source with pipe, not with pipeline', async () => {
    const answer = (response: http.ServerResponse) => () => {
      response.statusCode = 404;
      response.end('not there');
    };
    const piped = await withServer((_request, response) => {
      fs.createReadStream(at('none')).on('error', answer(response)).pipe(response);
    }, send);
    const pipelined = await withServer((_request, response) => {
      pipeline(fs.createReadStream(at('none')), response, answer(response));
    }, send);
    expect([piped, pipelined]).toEqual(['404 not there', 'ECONNRESET']);
  });

  test('that closes early is an error of the pipeline and leaves the source open with pipe', async () => {
    const codes: string[] = [];
    await withServer((_request, response) => {
      pipeline(fs.createReadStream(at('large')), response, (error) => codes.push(codeOf(error)));
    }, leaveEarly);
    await until(() => codes.length > 0);
    const sources: fs.ReadStream[] = [];
    await withServer((_request, response) => {
      const source = fs.createReadStream(at('large'));
      sources.push(source);
      source.on('error', (error) => codes.push(codeOf(error))).pipe(response);
      response.on('error', (error) => codes.push(codeOf(error)));
    }, leaveEarly);
    expect(codes).toEqual(['ERR_STREAM_PREMATURE_CLOSE']);
    expect(sources.map((source) => source.destroyed)).toEqual([false]);
    sources.forEach((source) => source.destroy());
  });

  test('that is gone before makes the promise reject, and the callback form throw on Node 24', async () => {
    const outcome: string[] = [];
    const whenGone = async (work: (response: http.ServerResponse) => void): Promise<void> => {
      const expected = outcome.length + 1;
      let arrived = false;
      await withServer(
        (_request, response) => {
          arrived = true;
          response.on('close', () => setImmediate(work, response));
        },
        async (port) => {
          const request = http.get({ port });
          request.on('error', () => undefined);
          await until(() => arrived);
          request.destroy();
          await until(() => outcome.length === expected);
        },
      );
    };
    await whenGone((response) => {
      promises.pipeline(fs.createReadStream(at('in')), response).catch((error: unknown) => outcome.push(codeOf(error)));
    });
    await whenGone((response) => {
      try {
        pipeline(fs.createReadStream(at('in')), response, (error) => outcome.push(codeOf(error)));
      } catch (error) {
        outcome.push(`threw ${codeOf(error)}`);
      }
    });
    const newer = Number(process.versions.node.split('.')[0]) >= 24;
    expect(outcome).toEqual(
      newer
        ? ['ERR_STREAM_UNABLE_TO_PIPE', 'threw ERR_STREAM_UNABLE_TO_PIPE']
        : ['ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_PREMATURE_CLOSE'],
    );
  });
});

describe('a request as the source', () => {
  test.each([10, 5_000_000])('leaves the response to be sent when the destination fails, with a body of %i bytes', async (size) => {
    const status = await withServer(
      (request, response) => {
        pipeline(request, fs.createWriteStream(at('no/folder')), (error) => {
          response.statusCode = 500;
          response.end(codeOf(error));
        });
      },
      (port) => send(port, { method: 'POST' }, Buffer.alloc(size)),
    );
    expect(status).toBe('500 ENOENT');
  });

  test('that is cut off is an error of the pipeline, and of nothing else unless somebody listens', async () => {
    const codes: string[] = [];
    const cutOff = (listener: http.RequestListener): Promise<void> =>
      withServer(listener, async (port) => {
        const request = http.request({ port, method: 'POST', headers: { 'content-length': 1000 } });
        request.on('error', () => undefined);
        request.write('half');
        await sleep(50);
        request.destroy();
        await sleep(100);
      });
    await cutOff((request) => pipeline(request, fs.createWriteStream(at('out')), (error) => codes.push(`pipeline ${codeOf(error)}`)));
    await until(() => codes.length === 1);
    await cutOff((request) => request.pipe(fs.createWriteStream(at('out'))).on('error', () => codes.push('pipe')));
    await cutOff((request) =>
      request.on('error', (error) => codes.push(`listener ${codeOf(error)}`)).pipe(fs.createWriteStream(at('out'))),
    );
    await until(() => codes.length === 2);
    expect(codes).toEqual(['pipeline ECONNRESET', 'listener ECONNRESET']);
  });
});

test('an outgoing request whose source fails is aborted, and reports that itself', async () => {
  const codes = await withServer(
    (request) => request.resume(),
    async (port) => {
      const seen: string[] = [];
      const request = http.request({ port, method: 'POST' });
      request.on('error', (error) => seen.push(`request ${codeOf(error)}`));
      pipeline(fs.createReadStream(at('none')), request, (error) => seen.push(`pipeline ${codeOf(error)}`));
      await until(() => seen.length === 2);
      return seen;
    },
  );
  expect(codes).toHaveLength(2);
  expect(codes).toContain('pipeline ENOENT');
});

describe('in a process of its own', () => {
  const run = promisify(execFile);
  const script = async (text: string): Promise<{ code: number; stdout: string; stderr: string }> => {
    const file = at('script.mjs');
    fs.writeFileSync(file, text);
    const failed = (error: unknown): { code: number; stdout: string; stderr: string } =>
      error as { code: number; stdout: string; stderr: string };
    return run(process.execPath, [file]).then((output) => ({ code: 0, ...output }), failed);
  };

  test('standard output stays open with end: false, and is ended without', async () => {
    const show = (options: string): string => `
      import fs from 'node:fs';
      import { pipeline } from 'node:stream/promises';
      fs.writeFileSync(${JSON.stringify(at('short'))}, 'short ');
      await pipeline(fs.createReadStream(${JSON.stringify(at('short'))}), process.stdout${options});
      console.log('after');`;
    expect((await script(show(', { end: false }'))).stdout).toBe('short after\n');
    expect((await script(show(''))).stdout).toBe('short ');
  });

  test('a throw in the callback ends the process with the error that an unheard error event ends it with', async () => {
    const pipelined = await script(`
      import fs from 'node:fs';
      import { pipeline } from 'node:stream';
      pipeline(fs.createReadStream('/none'), fs.createWriteStream(${JSON.stringify(at('out'))}), (error) => { if (error) throw error; });`);
    const piped = await script(`
      import fs from 'node:fs';
      fs.createReadStream('/none').pipe(fs.createWriteStream(${JSON.stringify(at('out'))}));`);
    expect([pipelined.code, piped.code]).toEqual([1, 1]);
    for (const { stderr } of [pipelined, piped]) expect(stderr).toContain("ENOENT: no such file or directory, open '/none'");
  });
});
