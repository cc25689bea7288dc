/** `fs.readFileSync(…)` becomes `await fs.promises.readFile(…)`, by its spelling, wherever it stands: the same work by ast-grep. */

import { Lang, parse } from '@ast-grep/napi';
import { readFileSync } from 'node:fs';

let changed = 0;
for (const file of readFileSync(process.argv[2], 'utf8').split('\n')) {
  const language = /\.[cm]?ts$/.test(file) ? Lang.TypeScript : file.endsWith('x') ? Lang.Tsx : Lang.JavaScript;
  const root = parse(language, readFileSync(file, 'utf8')).root();
  const edits = root.findAll('fs.readFileSync($$$VALUES)').map((call) => {
    const values = call.getMultipleMatches('VALUES').map((node) => node.text());
    return call.replace(`await fs.promises.readFile(${values.join('')})`);
  });
  if (edits.length > 0 && root.commitEdits(edits) !== '') changed += 1;
}
console.log(`${changed} files would change`);
