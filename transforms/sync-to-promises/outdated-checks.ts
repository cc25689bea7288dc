/** Checks of the file system that another task could outdate, now that the code waits between them and the change that relies on them. */

import { ts } from 'ts-morph';
import { awaitContextOf } from '../../engine/async/await-context.ts';
import type { Reason } from '../../engine/finding.ts';
import { placeOf } from '../../engine/program/place.ts';
import type { Program } from '../../engine/program/program.ts';
import type { GuardedChange } from './guarded-changes.ts';
import type { Site } from './sites.ts';

/**
 * @param sites all of one file
 * @param guarded checks and changes that nothing can come between
 * @returns for each site that looks or reads, and for the later one that changes the same path in the same function, the reason
 */
export function outdatedChecks(
  program: Program,
  sites: readonly Site[],
  guarded: ReadonlyMap<Site, GuardedChange>,
): ReadonlyMap<Site, Reason> {
  const reasons = new Map<Site, Reason>();
  const byPath = new Map<string, Site[]>();
  for (const site of sites) {
    const check = site.row.effect === 'looks' || site.row.effect === 'reads';
    if (check) {
      const list = byPath.get(keyOf(site, 0)) ?? [];
      byPath.set(keyOf(site, 0), [...list, site]);
    } else if (site.row.effect === 'changes' && !isHarmless(site) && !opensToRead(site)) {
      for (const earlier of byPath.get(keyOf(site, site.row.target ?? 0)) ?? []) {
        if (isSettled(guarded, earlier, site)) continue;
        const reason = reasonFor(program, earlier, site);
        if (!reasons.has(earlier)) reasons.set(earlier, reason);
        if (!reasons.has(site)) reasons.set(site, reason);
      }
    }
  }
  return reasons;
}

/** What makes a folder that may be there already relies on no check. */
function isSettled(guarded: ReadonlyMap<Site, GuardedChange>, check: Site, change: Site): boolean {
  const pair = guarded.get(change);
  return pair !== undefined && (pair.check === check || change.row.doneAlready === 'EEXIST');
}

/** The function, and the text of the path. */
function keyOf(site: Site, argument: number): string {
  const context = awaitContextOf(site.call);
  const owner = context.kind === 'function' ? context.fn.pos : -1;
  return `${owner}:${site.call.arguments[argument]?.getText() ?? ''}`;
}

/** `mkdirSync(folder, { recursive: true })` is content with a folder that is there. */
export function isHarmless({ call, row }: Site): boolean {
  if (row.harmlessWith === undefined) return false;
  const options = call.arguments.at(-1);
  if (options === undefined || !ts.isObjectLiteralExpression(options)) return false;
  return options.properties.some(
    (property) =>
      ts.isPropertyAssignment(property) &&
      property.name.getText() === row.harmlessWith &&
      property.initializer.kind === ts.SyntaxKind.TrueKeyword,
  );
}

/** `openSync(file)`, `openSync(file, 'r')`, or with flags that fail when the file is there. */
function opensToRead({ call, name }: Site): boolean {
  const flags = call.arguments[1];
  return name === 'openSync' && (flags === undefined || (ts.isStringLiteralLike(flags) && /^rs?$|x/.test(flags.text)));
}

function reasonFor(program: Program, check: Site, change: Site): Reason {
  const path = change.call.arguments[change.row.target ?? 0]?.getText() ?? 'the file';
  return {
    code: 'shared-state',
    message: `\`${path}\` is looked at by \`${check.name}\` (${placeOf(program, check.call)}) and changed by \`${change.name}\` (${placeOf(program, change.call)}), and another task could change it in between.`,
    help: 'Make the change and handle its failure, such as EEXIST or ENOENT; or let one task at a time do both.',
  };
}
