/** The commented configuration that `nodelift init` writes. */

import { summaries, type TransformName } from '../../transforms/summaries.ts';
import { escapedLine, wrapped } from '../terminal.ts';
import type { Library, LibraryGroup, Project } from './project.ts';

const WIDTH = 100;

export function configText(project: Project): string {
  return `${comment('What nodelift does in this project. Every key may be left out; the command line wins over each.', '')}
export default {
${comment('Applied in the order of "nodelift list"; take out what is not wanted.')}
  transforms: [
${summaries.map(({ name, summary }) => `    '${name}', // ${summary}${remark(name, project)}`).join('\n')}
  ],

${comment('Also the fixes that may change behaviour. They are counted without it: nodelift list .')}
  // unsafe: true,

${comment(publicApiWords(project))}
  publicApi: 'keep', // or 'change'

${comment('Also code that runs once, while modules load, where blocking does no harm.')}
  // includeStartup: true,

${comment('What is left out, as in .gitignore, from the root of the project. What git ignores is left out too, unless gitignore is false.')}
  // ignore: ['legacy/**', '*.old.js'],
  // gitignore: false,

${comment('Instead of the nearest tsconfig.json or jsconfig.json; relative to this file.')}
  // tsconfig: 'tsconfig.server.json',

${comment('Who is told of rejections that nobody else handles: a function of a package or a module.')}
  // onRejection: './lib/log#error',

${comment('The drivers of clients, and of functions that take a text and its values as a driver does, where the code does not show them.')}
  // sqlClients: { './lib/db#pool': 'pg', 'this.client': 'mysql' },
  // sqlFunctions: { './lib/db#select': 'pg' },
};
`;
}

/** Transforms that have nothing to do without a library of some kind. */
const librariesNeeded: Readonly<Partial<Record<TransformName, readonly [group: LibraryGroup, one: string]>>> = {
  'parameterize-sql': ['SQL drivers', 'SQL driver'],
  'sanitize-nosql': ['MongoDB clients', 'MongoDB client'],
};

function remark(name: TransformName, { libraries, manifest }: Project): string {
  const needs = librariesNeeded[name];
  if (needs === undefined || manifest !== 'read') return '';
  const [group, one] = needs;
  return libraries[group].length > 0 ? `; here: ${libraryList(libraries[group])}` : `; no ${one} in package.json`;
}

export function libraryList(libraries: readonly Library[]): string {
  const words = libraries.map(({ name, version, in: folders }) => {
    const one = version === undefined ? name : `${name} ${version}`;
    return folders.length > 0 ? `${one} (${folders.join(', ')})` : one;
  });
  return words.join(', ');
}

function publicApiWords({ publicFiles, manifest, workspaces }: Project): string {
  const rule = 'Functions that other packages can call keep their form';
  if (publicFiles.length > 0) return `${rule}: what ${publicFiles.join(', ')} gives. With 'change' they may become async too.`;
  const none =
    manifest === 'read'
      ? ` There are none here: ${workspaces.length > 0 ? 'the packages are private' : 'the package is private'}, or none of ${workspaces.length > 0 ? 'their' : 'its'} entry files exists.`
      : '';
  return `${rule}; with 'change' they may become async too.${none}`;
}

/** Names come from the project: a line break in one would end the comment, and the rest would be executed. */
function comment(text: string, indent = '  '): string {
  return wrapped(escapedLine(text), WIDTH - indent.length - 3)
    .map((line) => `${indent}// ${line}`)
    .join('\n');
}
