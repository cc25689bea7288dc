/**
 * The name of a function that throws what it is given, unless that says that the other end went away: made once for the file, which is
 * easier to read than the codes at every stream.
 */

import type { ts } from 'ts-morph';
import type { PreambleNeed } from '../../engine/finding.ts';
import { importHabit } from '../../engine/imports/habit.ts';
import type { Program } from '../../engine/program/program.ts';
import type { SourceHabits } from '../../engine/source/habits.ts';

export interface ClosedGuard {
  readonly name: string;
  /** Empty where the file has the function already. */
  readonly preambles: readonly PreambleNeed[];
}

/** @param codes of what is passed over */
export function closedGuard(program: Program, file: ts.SourceFile, habits: SourceHabits, codes: readonly string[]): ClosedGuard {
  const { eol, unit, semicolon, quote } = habits;
  const listed = codes.map((code) => quote + code + quote).join(', ');
  const lineOf = (name: string): string => {
    const isOld = habits.constant === 'var';
    const keyword = isOld ? 'var' : 'const';
    const typed = /\.[cm]?tsx?$/.test(file.fileName);
    const parameter = typed ? 'error: NodeJS.ErrnoException' : 'error';
    const [test, lead] =
      codes.length === 1 ? [`error.code !== ${listed}`, ''] : [`!codes.includes(error.code)`, `${keyword} codes = [${listed}]${semicolon}`];
    const coded = typed && codes.length > 1 ? test.replace('error.code', "error.code ?? ''") : test;
    const lines = [...(lead === '' ? [] : [lead]), `if (${coded}) throw error${semicolon}`].map((line) => eol + unit + line).join('');
    const returned = typed ? ': void' : '';
    const head = isOld ? `var ${name} = function (${parameter})${returned} {` : `const ${name} = (${parameter})${returned} => {`;
    return `// That the other end of a stream goes away is no failure.${eol}${head}${lines}${eol}}`;
  };
  const wanted = codes.includes('ECONNRESET') ? 'throwUnlessCutOff' : 'throwUnlessClosed';
  const present = [wanted, `${wanted}2`].find((name) => file.text.includes(lineOf(name)));
  if (present !== undefined) return { name: present, preambles: [] };
  const name = importHabit(program, file).freshName(wanted, codes.join());
  return { name, preambles: [{ path: program.pathOf(file), text: eol + lineOf(name) }] };
}
