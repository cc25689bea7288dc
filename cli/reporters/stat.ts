/** How much changes in each file, as `git diff --stat` shows it. */

import { patchCounts } from '../patch.ts';
import type { Report } from '../report.ts';
import { counted, escapedLine, type Colors } from '../terminal.ts';

export function statReport({ changes }: Report, width: number, colors: Colors): string {
  if (changes.length === 0) return '';
  const rows = changes.map(({ file, patch }) => ({ path: escapedLine(file.path), ...patchCounts(patch) }));
  const most = Math.max(...rows.map(({ added, removed }) => added + removed));
  const digits = String(most).length;
  const names = Math.min(Math.max(...rows.map(({ path }) => path.length)), Math.floor(width * 0.6));
  // " name | 12 ++--"
  const bar = Math.max(width - names - digits - 5, 10);
  const scale = most > bar ? bar / most : 1;

  const lines = rows.map(({ path, added, removed }) => {
    const name = path.length > names ? `…${path.slice(path.length - names + 1)}` : path.padEnd(names);
    const graph = colors.green('+'.repeat(scaled(added, scale))) + colors.red('-'.repeat(scaled(removed, scale)));
    return ` ${name} | ${String(added + removed).padStart(digits)} ${graph}\n`;
  });
  const insertions = rows.reduce((sum, { added }) => sum + added, 0);
  const deletions = rows.reduce((sum, { removed }) => sum + removed, 0);
  const total = [
    `${counted(rows.length, 'file')} changed`,
    ...(insertions > 0 ? [`${counted(insertions, 'insertion')}(+)`] : []),
    ...(deletions > 0 ? [`${counted(deletions, 'deletion')}(-)`] : []),
  ];
  return `${lines.join('')} ${total.join(', ')}\n`;
}

/** At least one mark for what is there at all. */
function scaled(count: number, scale: number): number {
  return count === 0 ? 0 : Math.max(1, Math.floor(count * scale));
}
