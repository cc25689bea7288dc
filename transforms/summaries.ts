/** The transforms' words and one-line summaries, apart from their code: `list` and `--help` answer without loading a compiler. */

export const summaries = [
  { name: 'parameterize-sql', summary: 'SQL built from strings becomes parameterized queries' },
  { name: 'sanitize-nosql', summary: 'request values in MongoDB filters become { $eq: value }' },
  { name: 'callbacks-to-async', summary: 'callback pyramids and promise chains become async/await' },
  { name: 'sync-to-promises', summary: 'readFileSync and other blocking calls become awaited promise calls' },
  { name: 'streams-to-pipeline', summary: 'manual write loops and .pipe chains become pipeline' },
  { name: 'handle-promises', summary: 'bare promises are awaited or caught' },
] as const;

export type TransformName = (typeof summaries)[number]['name'];

/** @throws TypeError when the table has no such row: a transform that is not listed */
export function summaryOf(name: TransformName): string {
  const row = summaries.find((one) => one.name === name);
  if (row === undefined) throw new TypeError(`transforms/summaries.ts has no row for “${name}”.`);
  return row.summary;
}
