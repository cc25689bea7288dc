/**
 * `onRejection` of the configuration: the function that is told of what nobody else handles. A global, such as `Sentry.captureException`,
 * or a member of a module: `./lib/log#error`, `@sentry/node#captureException`, `./lib/logger#default.error`.
 */

import path from 'node:path';
import { ts } from 'ts-morph';
import type { ImportNeed, PreambleNeed } from '../../engine/finding.ts';
import { moduleBindings } from '../../engine/imports/bindings.ts';
import { importHabit } from '../../engine/imports/habit.ts';
import type { Program } from '../../engine/program/program.ts';
import type { Handler } from './handlers.ts';
import type { Knowledge } from './knowledge.ts';

export function configuredHandler({ program, context }: Knowledge, at: ts.Node): Handler | undefined {
  const { onRejection } = context.options;
  if (onRejection === undefined) return undefined;
  const hash = onRejection.indexOf('#');
  if (hash === -1) return calling(onRejection, [], []);
  const [name = 'default', ...members] = onRejection.slice(hash + 1).split('.');
  const file = program.pathOf(at);
  const specifier = specifierFrom(file, onRejection.slice(0, hash));
  // The module itself has nobody to tell but the console.
  if (program.resolveImport(specifier, at.getSourceFile()) === at.getSourceFile()) return undefined;
  const present = boundName(program, at, specifier, name);
  if (present !== undefined) return calling([present, ...members].join('.'), [], []);
  const { text, imports, preambles } = importHabit(program, at.getSourceFile()).reference(specifier, name, at);
  return calling([text, ...members].join('.'), imports, preambles);
}

function calling(name: string, imports: readonly ImportNeed[], preambles: readonly PreambleNeed[]): Handler {
  return { name, reference: undefined, statements: (error) => [`${name}(${error})`], edits: [], notes: [], imports, preambles };
}

/** What the file calls it already. */
function boundName(program: Program, at: ts.Node, specifier: string, name: string): string | undefined {
  const file = at.getSourceFile();
  const wanted = program.resolveImport(specifier, file);
  for (const { specifier: given, whole, member, named } of moduleBindings(file)) {
    if (given.text !== specifier && (wanted === undefined || program.resolveImport(given.text, file) !== wanted)) continue;
    const local = named.find((one) => one.imported === name)?.local ?? (member === undefined ? whole : undefined);
    if (local === undefined) continue;
    const here = program.checker.resolveName(local.text, at, ts.SymbolFlags.Value | ts.SymbolFlags.Alias, false);
    if (here !== program.checker.getSymbolAtLocation(local)) continue;
    return local === whole && name !== 'default' ? `${local.text}.${name}` : local.text;
  }
  return undefined;
}

/** A path is relative to the root of the project; a file names it from where it is. */
function specifierFrom(file: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  const relative = path.posix.relative(path.posix.dirname(file), path.posix.normalize(specifier));
  return relative.startsWith('.') ? relative : `./${relative}`;
}
