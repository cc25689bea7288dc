import { describe, expect, test } from '@jest/globals';
import { Writable } from 'node:stream';
import { openChannel } from '../../cli/channel.ts';
import { nearest } from '../../cli/nearest.ts';
import { pagerFor } from '../../cli/pager.ts';
import { startProgress } from '../../cli/progress.ts';
import type { OutputStream } from '../../cli/terminal.ts';
import { Recorder } from './fake-world.ts';

describe('the pager', () => {
  const long = 'line\n'.repeat(50);
  const path = process.env.PATH;

  test.each([
    ['is the one that a person names', { PAGER: 'more -s' }, { isTTY: true, rows: 24 }, 'more -s'],
    ['is not there when nobody has one', { PATH: '/nowhere' }, { isTTY: true, rows: 24 }, undefined],
    ['may be turned off', { PAGER: '' }, { isTTY: true, rows: 24 }, undefined],
    ['is not used for what fits on the screen', { PAGER: 'more' }, { isTTY: true, rows: 60 }, undefined],
    ['is not used in a pipe', { PAGER: 'more' }, { isTTY: false, rows: 24 }, undefined],
    ['is not used in CI', { PAGER: 'more', CI: 'true' }, { isTTY: true, rows: 24 }, undefined],
    ['is not used on a terminal that can do nothing', { PAGER: 'more', TERM: 'dumb' }, { isTTY: true, rows: 24 }, undefined],
  ])('%s', (_, env, screen, pager) => {
    expect(pagerFor(long, new Recorder(screen), { PATH: path, ...env })).toBe(pager);
  });
});

describe('the progress bar', () => {
  const event = { kind: 'progress', phase: 'transform', done: 1, total: 5, path: 'a\u001b[2Jb' } as const;

  async function shownOn(screen: { isTTY: boolean }, env: Readonly<Record<string, string>>, wait: number): Promise<string> {
    const stderr = new Recorder(screen);
    // What cli-progress asks of a terminal beyond writing.
    Object.assign(stderr, { cursorTo: () => true, clearLine: () => true, moveCursor: () => true });
    const progress = startProgress(stderr, env, true);
    await new Promise((resolve) => setTimeout(resolve, wait));
    progress.onEvent(event);
    progress.stop();
    return stderr.text;
  }

  test('shows on a terminal when the work takes long, with the file it is at', async () => {
    const text = await shownOn({ isTTY: true }, {}, 600);
    expect(text).toContain('Transforming');
    expect(text).toContain('1/5 a\\e[2Jb');
  });

  test.each([
    ['when the work is short', { isTTY: true }, {}, 0],
    ['in a pipe', { isTTY: false }, {}, 600],
    ['in CI', { isTTY: true }, { CI: '1' }, 600],
  ])('is not there %s', async (_, screen, env, wait) => {
    expect(await shownOn(screen, env, wait)).toBe('');
  });
});

describe('a stream that fails', () => {
  const failing = (code: string): OutputStream =>
    new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), { code })) });

  test('because its reader went away is closed without a word', async () => {
    const channel = openChannel(failing('EPIPE'), (error) => {
      throw error;
    });
    await channel.write('a');
    await channel.write('b');
  });

  test('because the disk is full is reported', async () => {
    const failures: string[] = [];
    await openChannel(failing('ENOSPC'), ({ message }) => failures.push(message)).write('a');
    expect(failures).toEqual(['write ENOSPC']);
  });
});

describe('the nearest word', () => {
  const names = ['callbacks-to-async', 'sync-to-promises', 'parameterize-sql', 'streams-to-pipeline', 'handle-promises'];

  test.each([
    ['callback-to-async', 'callbacks-to-async'],
    ['sync-to-promise', 'sync-to-promises'],
    ['promises', 'handle-promises'],
    ['pipeline', 'streams-to-pipeline'],
    ['handel-promises', 'handle-promises'],
    ['stream', 'streams-to-pipeline'],
    ['prettier', undefined],
    ['', undefined],
  ])('to %j is %j', (word, name) => {
    expect(nearest(word, names)).toBe(name);
  });
});
