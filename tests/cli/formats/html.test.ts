/** The page of `--format html`, in a browser. */

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { FileResult, ReportedFinding } from '../../../engine/result.ts';
import { findingOf, resultOf, say } from '../fake-world.ts';
import { startBrowser, type Browser, type Page } from './browser.ts';
import { inBusyProject } from './busy-project.ts';

let browser: Browser;
/** Of `busyProject`. */
let report: string;
let sites: number;

beforeAll(async () => {
  browser = startBrowser();
  await inBusyProject(async (_, nodelift) => {
    sites = (JSON.parse((await nodelift('--format', 'json')).stdout) as { findings: unknown[] }).findings.length;
    report = (await nodelift('--format', 'html')).stdout;
  });
}, 120_000);
afterAll(() => browser.close());

const textOf = (page: Page, selector: string): Promise<string> => page.evaluate(`document.querySelector('${selector}')?.textContent ?? ''`);
const shownCount = (page: Page): Promise<number> => page.evaluate(`document.querySelectorAll('[role=option]:not([hidden])').length`);
const chosen = (page: Page): Promise<string> => textOf(page, '[aria-selected=true] .mono');

describe('the report of a project', () => {
  test('shows every site; nothing is fetched, and nothing refused by its policy', async () => {
    const page = await browser.open(report);
    expect(await shownCount(page)).toBe(sites);
    expect(page.requests.filter((url) => !url.startsWith('file:'))).toEqual([]);
    expect(page.console).toEqual([]);
    expect(await textOf(page, '.detail h2')).toBe('Problems');
    expect(await textOf(page, '.detail li')).toContain('broken.js: cannot be parsed');
  });

  test('is used by keyboard: next, previous, search, all again, help', async () => {
    const page = await browser.open(report);
    await page.press('j');
    const first = await chosen(page);
    await page.press('j');
    const second = await chosen(page);
    await page.press('k');
    expect([await chosen(page), second === first]).toEqual([first, false]);
    await page.press('/');
    await page.type('BARRIER');
    expect(await shownCount(page)).toBe(1);
    await page.press('Escape');
    expect(await shownCount(page)).toBe(sites);
    await page.press('?');
    expect(await page.evaluate(`document.querySelector('dialog').open`)).toBe(true);
  });

  test('opens at the finding that a link names, with the way to its barrier drawn', async () => {
    const page = await browser.open(report, `#${encodeURIComponent('sync-to-promises:lib/templates.js:4:10')}`);
    expect(await chosen(page)).toBe('lib/templates.js:4');
    const nodes = await page.evaluate<string[]>(`[...document.querySelectorAll('.chain g')].map((node) => node.textContent)`);
    expect(nodes.length).toBeGreaterThanOrEqual(3);
    expect(nodes[0]).toContain('lib/templates.js:4');
    expect(nodes.at(-1)).toContain('lib/page.js');
    expect(await textOf(page, '.detail tr.site')).toContain("return fs.readFileSync(__dirname + '/' + name, 'utf8');");
  });

  test('shows all files that a fix changes, side by side, with the words that changed', async () => {
    const page = await browser.open(report, `#${encodeURIComponent('sync-to-promises:lib/settings.js:4:21')}`);
    const headings = await page.evaluate(`[...document.querySelectorAll('.detail h3')].map((heading) => heading.textContent)`);
    expect(headings).toEqual(['lib/settings.js', 'server.js']);
    const marks = await page.evaluate<string[]>(`[...document.querySelectorAll('.came mark')].map((mark) => mark.textContent)`);
    expect(marks.join('|')).toContain('await');
    expect(await textOf(page, '.came .k')).not.toBe('');
  });

  test('is filtered by its charts, its lists and its tree', async () => {
    const page = await browser.open(report);
    const click = (selector: string): Promise<unknown> => page.evaluate(`document.querySelector('${selector}').click()`);
    await click('.bar[data-value="parameterize-sql"]');
    expect(await shownCount(page)).toBe(1);
    await click('.bar[data-value="parameterize-sql"]');
    expect(await shownCount(page)).toBe(sites);
    await click('.tree button[data-path="lib/templates.js"]');
    const places = await page.evaluate(
      `[...document.querySelectorAll('[role=option]:not([hidden]) .mono')].map((place) => place.textContent)`,
    );
    expect(places).toEqual(['lib/templates.js:4']);
    expect(await textOf(page, 'output')).toBe(`1 of ${sites} findings`);
  });
});

test('is light or dark as the system is', async () => {
  const page = await browser.open(report);
  const background = (): Promise<string> => page.evaluate(`getComputedStyle(document.body).backgroundColor`);
  // The page is told of it as soon as it draws again.
  const isDark = (dark: boolean): Promise<unknown> =>
    page.evaluate(
      `(async () => { while (matchMedia('(prefers-color-scheme: dark)').matches !== ${dark} || document.documentElement.dataset.theme !== '${dark ? 'dark' : 'light'}') await new Promise(requestAnimationFrame); })()`,
    );
  await page.setDark(false);
  await isDark(false);
  const light = await background();
  await page.setDark(true);
  await isDark(true);
  expect([light, await background()]).toEqual(['rgb(246, 247, 249)', 'rgb(16, 20, 26)']);
  await page.press('t');
  expect(await background()).toBe(light);
});

describe('hostile source stays text', () => {
  const payloads = [
    '</script><script>window.hacked = 1</script>',
    '<img src=x onerror="window.hacked = 1">',
    '<!--<script>window.hacked = 1',
    '"><svg onload=window.hacked=1>',
    '${window.hacked = 1}',
    'javascript:window.hacked=1',
    '\u2028window.hacked = 1//',
  ];

  test.each(payloads)('%j in names, sources, titles and reasons', async (payload) => {
    const path = `${payload}.js`;
    const finding: Partial<ReportedFinding> = {
      path,
      id: payload,
      title: payload,
      notes: [payload],
      requires: [payload],
      start: { line: 1, column: 1 },
      end: { line: 1, column: 2 },
      reason: { code: 'barrier', message: payload, help: payload, chain: [{ name: payload, span: { path, start: 0, end: 1 } }] },
    };
    const file: FileResult = { status: 'changed', path, before: `a(${payload})\n`, after: `b(${payload})\n`, bom: false, fixes: ['f1'] };
    const root = `/${payload.replaceAll('/', '')}`;
    const warnings = [{ message: payload, failed: true }];
    const result = resultOf({ root, files: [file], findings: [findingOf({ ...finding, fix: 'f1' })], warnings });
    const { stdout } = await say({ args: ['--format', 'html'], result });
    const page = await browser.open(stdout, `#${encodeURIComponent(payload)}`);
    await page.press('j');
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await textOf(page, '.detail h2')).toBe(payload.replaceAll('\u2028', '\\u2028'));
    // The one script is our own.
    expect(await page.evaluate(`document.querySelectorAll('.detail img, .detail svg:not(.chain), script:not([id])').length`)).toBe(1);
    expect(page.console).toEqual([]);
  });

  test('even a script that got into the page would not run', async () => {
    const injected = '<script>window.hacked = 1</script><img src="data:x" onerror="window.hacked = 1">';
    const page = await browser.open(report.replace('</body>', `${injected}</body>`));
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(page.console.join('\n')).toMatch(/Content Security Policy/);
  });
});

test('5,000 findings in 1,000 files are there in less than 2 seconds', async () => {
  const lines = Array.from({ length: 60 }, (_, line) =>
    line % 12 === 0 ? `  const a${line} = fs.readFileSync('file-${line}');` : `  work(${line});`,
  );
  const before = `${lines.join('\n')}\n`;
  const after = before.replaceAll('fs.readFileSync', 'await fs.promises.readFile');
  const files = Array.from({ length: 1000 }, (_, index): FileResult => ({
    status: 'changed',
    path: `packages/service-${index % 40}/lib/module-${index}.js`,
    before,
    after,
    bom: false,
    fixes: [`f${index}`],
  }));
  const findings = files.flatMap(({ path }, index) =>
    Array.from({ length: 5 }, (_, site) =>
      findingOf({
        id: `${path}:${site}`,
        path,
        fix: `f${index}`,
        start: { line: site * 12 + 1, column: 14 },
        end: { line: site * 12 + 1, column: 40 },
      }),
    ),
  );
  const { stdout } = await say({ args: ['--format', 'html'], result: resultOf({ files, findings, scanned: 1000 }) });
  const page = await browser.open(stdout);
  expect(await shownCount(page)).toBe(5000);
  const opened = await page.work();
  expect(opened).toBeGreaterThan(0);
  expect(opened).toBeLessThan(2);
  await page.press('/');
  await page.type('module-999.js');
  expect(await shownCount(page)).toBe(5);
  expect((await page.work()) - opened).toBeLessThan(0.5);
});
