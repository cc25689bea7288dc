/** `nodelift init`: looks at the project, writes a commented configuration for it, and says what it found. */

import { writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describeSystemError, errorCode, UsageError } from '../../engine/errors.ts';
import { findConfig } from '../config.ts';
import type { Console } from '../console.ts';
import { exitCodes, type ExitCode } from '../exit-code.ts';
import { FileError } from '../file-error.ts';
import { configText, libraryList } from '../init/config-text.ts';
import { libraryGroups, lookAt, type Project } from '../init/project.ts';
import { counted, escapedLine, type World } from '../terminal.ts';

/** A `.js` file would be a CommonJS module or not by what the package says, and JSON has no comments. */
const FILE_NAME = 'nodelift.config.mjs';

export async function initCommand({ cwd }: World, terminal: Console): Promise<ExitCode> {
  const there = findConfig(cwd);
  if (there !== undefined) throw isThere(relative(cwd, there));
  const project = lookAt(cwd);
  const file = join(project.folder, FILE_NAME);
  const shown = relative(cwd, file);
  await writeNew(file, shown, configText(project));
  await terminal.result([`wrote ${shown}`, ...findings(project)].map((line) => `${escapedLine(line)}\n`).join(''));
  const check = project.testScript === undefined ? '' : ' --check "npm test"';
  await terminal.messages.write(`Next: nodelift list . counts the sites, nodelift previews, nodelift --write${check} applies.\n`);
  return exitCodes.done;
}

/** Fails where anything has the name, also a symbolic link that leads nowhere. */
async function writeNew(file: string, shown: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw isThere(shown);
    throw new FileError(`${shown} cannot be written: ${describeSystemError(error)}.`);
  }
}

function isThere(shown: string): UsageError {
  return new UsageError(`${shown} holds a configuration already; nothing was written.`);
}

function findings({ manifest, workspaces, libraries, publicFiles, testScript }: Project): string[] {
  if (manifest === 'missing') return ['found no package.json; run nodelift in the folder of the project'];
  if (manifest === 'broken') return ['package.json cannot be read as JSON, so nothing is known of the project'];
  const rows: [label: string, found: string][] = workspaces.length > 0 ? [['packages', workspaces.join(', ')]] : [];
  for (const group of libraryGroups) if (libraries[group].length > 0) rows.push([group, libraryList(libraries[group])]);
  rows.push(['public API', publicFiles.length > 0 ? `${counted(publicFiles.length, 'entry file')}: ${publicFiles.join(', ')}` : 'none']);
  rows.push(['tests', testScript === undefined ? 'none that npm test would run' : `npm test (${testScript})`]);
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, found]) => `  ${label.padEnd(width)}  ${found}`);
}
