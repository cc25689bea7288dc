/**
 * Faults that a file has had all along, as its tree before the fixes tells: where packages are not installed nearly every file names a
 * module that is not found, and to ask the checker what it said before costs as much as what it says now.
 */

import { ts } from 'ts-morph';
import { identifiersNamed, moduleSpecifiers } from '../program/references.ts';

/**
 * @param fault as `faultsIn` gives it
 * @param count how often it occurs now
 * @param before the file as it was
 * @param changed all files that changed, as they were: a script's names are also those of other files
 */
export function wasThereBefore(fault: string, count: number, before: ts.SourceFile, changed: readonly ts.SourceFile[]): boolean {
  const module = /^Cannot find module '([^']*)'/.exec(fault)?.[1];
  // Where a specifier leads depends on the files that there are, and fixes neither make nor remove files.
  if (module !== undefined) return moduleSpecifiers(before).filter(({ text }) => text === module).length >= count;
  const name = /^Cannot find name '([^']*)'/.exec(fault)?.[1];
  if (name === undefined || [before, ...changed].some((file) => declares(file, name))) return false;
  return identifiersNamed(before, name).filter((identifier) => !isMemberName(identifier)).length >= count;
}

/** Is there any declaration of the name, wherever it holds? */
function declares(file: ts.SourceFile, name: string): boolean {
  return identifiersNamed(file, name).some((identifier) => {
    const { parent } = identifier;
    return !isMemberName(identifier) && 'name' in parent && parent.name === identifier && !ts.isShorthandPropertyAssignment(parent);
  });
}

/** `name` in `x.name`, `{ name: x }` and `{ name() {} }`. */
function isMemberName(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  if (ts.isPropertyAccessExpression(parent) || ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent))
    return parent.name === identifier;
  return (ts.isBindingElement(parent) && parent.propertyName === identifier) || (ts.isQualifiedName(parent) && parent.right === identifier);
}
