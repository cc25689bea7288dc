/** What is measured on: the bundled example, and pinned packages as they were published, each corpus one project. */

import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fetchPackage } from '../scripts/fetch-package.js';

/** @typedef {{ readonly folder: string, readonly files: readonly string[], readonly lines: number }} Corpus */

const sourceName = /\.(?:[cm]?[jt]s|[jt]sx)$/;
/** The same for every tool: nodelift leaves these out by itself. */
const leftOut = /(?:^|\/)(?:node_modules|bower_components|vendor|third_party)\/|\.min\.js$|\.d\.[cm]?ts$/;

/**
 * @param {'small' | 'medium' | 'large'} name
 * @param {(text: string, name: string) => boolean} keeps which files to keep, by text and name
 * @param {readonly string[]} copies a folder for each time that the sources are there
 * @returns {Corpus} in a folder of its own, to be removed by the caller
 */
export function corpusOf(name, keeps = () => true, copies = ['']) {
  const folder = mkdtempSync(path.join(tmpdir(), `nodelift-bench-${name}-`));
  for (const source of sourcesOf(name)) {
    for (const copy of copies) {
      cpSync(source, path.join(folder, copy, path.basename(source)), {
        recursive: true,
        filter: (file) => !leftOut.test(`${path.relative(source, file).split(path.sep).join('/')}/`) && !file.endsWith(`${path.sep}.git`),
      });
    }
  }
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
  mkdirSync(path.join(folder, '.git'));
  const files = [];
  let lines = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(entry.parentPath, entry.name);
    const relative = path.relative(folder, file).split(path.sep).join('/');
    const isSource = sourceName.test(entry.name) && !leftOut.test(relative);
    const text = isSource || path.extname(entry.name) === '' ? readFileSync(file, 'utf8') : '';
    if (isSource && keeps(text, entry.name)) {
      files.push(relative);
      lines += text.split('\n').length;
    } else if (entry.name !== 'package.json') {
      rmSync(file);
    }
  }
  return { folder, files: files.sort(), lines };
}

/** @param {'small' | 'medium' | 'large'} name */
function sourcesOf(name) {
  if (name === 'small') return [path.join(import.meta.dirname, '../examples/legacy-backend')];
  /** @type {Record<'medium' | 'large', readonly string[]>} */
  const pinned = JSON.parse(readFileSync(new URL('./corpora.json', import.meta.url), 'utf8'));
  const kept = path.join(tmpdir(), 'nodelift-bench-packages');
  mkdirSync(kept, { recursive: true });
  const names = name === 'large' ? [...pinned.medium, ...pinned.large] : pinned.medium;
  return names.map((one) => fetchPackage(one, kept));
}
