/**
 * Keeps a file formatted that was formatted: when the text before satisfied the project's own Prettier configuration, the text
 * after is made to. A file that did not is left as the edits made it.
 *
 * A configuration that is code, names plugins, or is nothing but the name of a module that holds it, is not used: nothing of the
 * analysed project is executed.
 */

import { readFile } from 'node:fs/promises';
import path from 'node:path';

export class Formatter {
  readonly #root: string;
  #prettier: typeof import('prettier') | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** @param relative path of the file; @returns `after`, formatted if `before` was */
  async format(relative: string, before: string, after: string): Promise<string> {
    const file = path.join(this.#root, relative);
    this.#prettier ??= await import('prettier');
    const prettier = this.#prettier;
    const configFile = await prettier.resolveConfigFile(file).catch(() => null);
    if (configFile === null || /\.[cm]?[jt]s$/.test(configFile) || !this.#isInProject(configFile)) return after;
    try {
      if (!holdsOptions(configFile, await readFile(configFile, 'utf8'))) return after;
      const options = await prettier.resolveConfig(file, { config: configFile, editorconfig: true });
      if (options === null || (options.plugins?.length ?? 0) > 0) return after;
      const ignored = await prettier.getFileInfo(file, { ignorePath: path.join(this.#root, '.prettierignore') });
      if (ignored.ignored) return after;
      const complete = { ...options, filepath: file };
      return (await prettier.check(before, complete)) ? await prettier.format(after, complete) : after;
    } catch {
      // A configuration or a text that Prettier cannot read: the file was not formatted by it.
      return after;
    }
  }

  #isInProject(configFile: string): boolean {
    return !path.relative(this.#root, configFile).startsWith('..');
  }
}

/** Does the file hold options itself? Where it is a mere string, Prettier would load, and so execute, the module of that name. */
function holdsOptions(file: string, text: string): boolean {
  const name = path.basename(file);
  if (name === 'package.json') return isObject((JSON.parse(text) as { readonly prettier?: unknown }).prettier);
  if (name === 'package.yaml') return false;
  if (name.endsWith('.toml')) return true;
  const first = text
    .replace(/^\uFEFF/, '')
    .replace(/\/\*[^]*?\*\//g, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .find((line) => line !== '' && line !== '---' && !line.startsWith('#') && !line.startsWith('//'));
  return first !== undefined && (first.startsWith('{') || /^(?:[\w$-]+|"[\w$-]+"|'[\w$-]+')\s*:(?:\s|$)/.test(first));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
