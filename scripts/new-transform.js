/**
 * `npm run new-transform <name>` makes a transform that does one small thing, with its fixtures and its page, and enters it
 * into the registries. All its tests pass at once; what it does is then yours to replace.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';

const house = path.resolve(import.meta.dirname, '..');
const template = path.join(import.meta.dirname, 'transform-template');
const summary = 'calls of retired functions become calls of their successors';

class WrongUse extends Error {}

/** @param {string | undefined} name */
function checkName(name) {
  if (name === undefined) throw new WrongUse('Give the transform a name: npm run new-transform dates-to-temporal');
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name))
    throw new WrongUse(`A transform's name is lower-case words joined by hyphens, not "${name}".`);
  for (const folder of ['transforms', 'fixtures']) {
    if (existsSync(path.join(house, folder, name))) throw new WrongUse(`${folder}/${name} is there already; choose another name.`);
  }
  return name;
}

/**
 * The files of the template, with their paths and texts as the new transform has them.
 * @param {(text: string) => string} fill
 */
function filledTemplate(fill) {
  const entries = readdirSync(template, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map((entry) => {
    const absolute = path.join(entry.parentPath, entry.name);
    const relative = path.relative(template, absolute).replace(/\.template$/, '');
    return { path: fill(relative), text: fill(readFileSync(absolute, 'utf8')) };
  });
}

/**
 * @param {string} file
 * @param {string} text
 */
async function formatted(file, text) {
  return format(text, { ...(await resolveConfig(path.join(house, file))), filepath: file });
}

/**
 * The file with `text` put in front of the one place where `anchor` matches.
 * @param {string} file
 * @param {readonly { before: RegExp, text: string }[]} insertions
 */
async function withInsertions(file, insertions) {
  let source = readFileSync(path.join(house, file), 'utf8');
  for (const { before, text } of insertions) {
    const index = source.search(before);
    if (index === -1) throw new Error(`${file} has no place ${before}: mend scripts/new-transform.js.`);
    source = source.slice(0, index) + text + source.slice(index);
  }
  return { path: file, text: await formatted(file, source) };
}

/** @param {string} name */
async function scaffold(name) {
  const camelName = name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());
  /** @param {string} text */
  const fill = (text) => text.replaceAll('__name__', name).replaceAll('__camelName__', camelName).replaceAll('__summary__', `${summary}.`);
  const code = await Promise.all(
    filledTemplate(fill).map(async (file) => (file.path.endsWith('.ts') ? { ...file, text: await formatted(file.path, file.text) } : file)),
  );
  const listed = await Promise.all([
    withInsertions('transforms/summaries.ts', [{ before: /\] as const;/, text: `{ name: '${name}', summary: '${summary}' },\n` }]),
    withInsertions('transforms/on-demand.ts', [
      { before: /import \{ summaryOf/, text: `import { mention as ${camelName} } from './${name}/mention.ts';\n` },
      { before: /\];\n/, text: `row('${name}', ${camelName}, async () => (await import('./${name}/index.ts')).${camelName}),\n` },
    ]),
    withInsertions('transforms/registry.ts', [
      { before: /\nexport const transforms/, text: `import { ${camelName} } from './${name}/index.ts';\n` },
      { before: /,?\s*\];/, text: `, ${camelName}` },
    ]),
  ]);
  const files = [...code, ...listed];
  for (const file of files) {
    mkdirSync(path.dirname(path.join(house, file.path)), { recursive: true });
    writeFileSync(path.join(house, file.path), file.text);
  }
  return files.map((file) => file.path).sort();
}

try {
  const name = checkName(process.argv[2]);
  const written = await scaffold(name);
  console.log(`${written.join('\n')}\n\nRun its tests with: npm test -- -t ${name}\ndocs/writing-a-transform.md shows the way from here.`);
} catch (error) {
  if (!(error instanceof WrongUse)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
