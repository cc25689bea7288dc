/** Does the program name a driver at all? Where it does not, no call need be followed to one. */

import type { ts } from 'ts-morph';
import { sqlDrivers } from '../../catalog/sql-drivers.ts';
import type { Program } from '../../engine/program/program.ts';

const modules = new Set(sqlDrivers.flatMap(({ receivers }) => receivers.map((receiver) => receiver.replace(/[.(].*$/, ''))));
const inQuotes = [...modules].map((module) => module.replaceAll('/', String.raw`\/`)).join('|');
const named = new RegExp(String.raw`["'\`](?:node:)?(?:${inQuotes})(?:\/[^"'\`]*)?["'\`]`);

const byFile = new WeakMap<ts.SourceFile, boolean>();

/** Told by texts, which may name one more than is used. */
export function namesDriver(program: Program): boolean {
  return program.files.some((file) => {
    let names = byFile.get(file);
    if (names === undefined) byFile.set(file, (names = named.test(file.text)));
    return names;
  });
}
