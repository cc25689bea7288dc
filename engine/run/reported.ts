/** Findings as people see them: positions in the file on disk, one entry a site. */

import type { Reason, Refusal } from '../finding.ts';
import type { OffsetMap } from '../offset-map.ts';
import { fixKey, type ReportedFinding } from '../result.ts';
import { lineStarts, positionAt, type Span } from '../text.ts';
import type { SiteFix } from './select.ts';

/** A finding of some pass, with the way back from the texts of that pass, by path. */
export type FoundSite =
  | { readonly status: 'fixed' | 'available'; readonly site: SiteFix; readonly id: string; readonly pass: number; readonly mapOf: MapOf }
  | { readonly status: 'refused'; readonly refusal: Refusal; readonly mapOf: MapOf };

type MapOf = (path: string) => OffsetMap;

/** @param textOf the text on disk of a file */
export function reportedFindings(found: readonly FoundSite[], textOf: (path: string) => string): ReportedFinding[] {
  const starts = new Map<string, readonly number[]>();
  const ids = new Map<string, number>();
  const located = found.flatMap((one) => {
    const span = one.status === 'refused' ? one.refusal.site : one.site.fix.site;
    return span === undefined ? [] : [{ one, span: spanOnDisk(span, one.mapOf) }];
  });
  located.sort((a, b) => (a.span.path === b.span.path ? a.span.start - b.span.start : a.span.path < b.span.path ? -1 : 1));
  return located.map(({ one, span }) => {
    const known = starts.get(span.path) ?? lineStarts(textOf(span.path));
    starts.set(span.path, known);
    return reported(one, span, known, ids);
  });
}

function spanOnDisk({ path, start, end }: Span, mapOf: MapOf): Span {
  const map = mapOf(path);
  return { path, start: map(start), end: map(end) };
}

function reasonOnDisk(reason: Reason, mapOf: MapOf): Reason {
  const { chain } = reason;
  return chain === undefined ? reason : { ...reason, chain: chain.map(({ name, span }) => ({ name, span: spanOnDisk(span, mapOf) })) };
}

function reported(one: FoundSite, span: Span, starts: readonly number[], ids: Map<string, number>): ReportedFinding {
  const start = positionAt(starts, span.start);
  const end = positionAt(starts, Math.max(span.start, span.end));
  const transform = one.status === 'refused' ? one.refusal.transform : one.site.fix.transform;
  const plain = fixKey(transform, span.path, start);
  const times = (ids.get(plain) ?? 0) + 1;
  ids.set(plain, times);
  const id = times === 1 ? plain : `${plain}#${times}`;
  const place = { id, transform, path: span.path, start, end };
  if (one.status === 'refused') {
    const { title, reason, weakness } = one.refusal;
    return {
      ...place,
      status: 'refused',
      safety: 'safe',
      title,
      notes: [],
      reason: reasonOnDisk(reason, one.mapOf),
      ...(weakness && { weakness }),
    };
  }
  const { fix, requires, safety, reason } = one.site;
  const companions = namedCompanions(one.site);
  // Ids are those of the pass, with its number in front.
  const prefix = one.id.slice(0, one.id.length - fix.id.length);
  const dependsOn = requires.flatMap((required) => (required.site === undefined ? [] : [prefix + required.id]));
  return {
    ...place,
    status: one.status,
    safety,
    title: fix.title,
    // A fix with a site of its own is reported on its own, with its notes.
    // Two of what it requires may say the same.
    notes: [...new Set([...fix.notes, ...requires.flatMap((required) => (required.site === undefined ? required.notes : []))])],
    ...(reason !== undefined && { reason: reasonOnDisk(reason, one.mapOf) }),
    ...(fix.weakness && { weakness: fix.weakness }),
    fix: one.id,
    pass: one.pass,
    ...(dependsOn.length > 0 && { dependsOn }),
    ...(companions.length > 0 && { requires: companions }),
  };
}

/** What has a site and came along only because of another companion says so where it is reported itself. */
function namedCompanions({ fix, requires }: SiteFix): string[] {
  const named = requires.filter((required) => required.site === undefined || fix.dependsOn.includes(required.id));
  return [...new Set(named.map((required) => required.title))];
}
