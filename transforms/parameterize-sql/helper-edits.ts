/** What becomes of functions that make parts of a text: they are given the array of the values, and put theirs into it. */

import { ts } from 'ts-morph';
import type { Program } from '../../engine/program/program.ts';
import { firstFree, isNameFree } from '../../engine/source/names.ts';
import type { FunctionWithBody } from './functions.ts';
import type { SourceEdit } from './rewrite.ts';
import { contains, type HelperCalls } from './ways.ts';
import { handOn, parameterEdits } from './wrapper-fix.ts';

export interface HelperEdits {
  readonly owner: FunctionWithBody;
  readonly edits: readonly SourceEdit[];
  /** The calls of it that a text is made by, also those in other such functions. */
  readonly calls: readonly ts.CallExpression[];
}

/** A function cannot be given the array. */
export class NotGiven extends Error {}

/** More than the characters of a file. */
const fileSize = 1e9;

export class Helpers {
  readonly #program: Program;
  readonly #all: HelperCalls;
  #kept: HelperCalls = new Map();
  readonly #files: ts.SourceFile[] = [];

  constructor(program: Program, calls: HelperCalls) {
    this.#program = program;
    this.#all = calls;
  }

  isOwner(node: ts.Node): boolean {
    return [...this.#all.values()].some((owner) => owner === node);
  }

  /** Of the functions only those that put a value into the text, by themselves or by calling others. */
  keep(homes: readonly ts.Node[]): void {
    const owners = new Set([...this.#all.values()].filter((owner) => homes.some((home) => contains(owner, home))));
    for (let before = -1; before !== owners.size;) {
      before = owners.size;
      for (const [call, called] of this.#all) {
        const outer = [...this.#all.values()].find((owner) => contains(owner, call));
        if (outer !== undefined && owners.has(called)) owners.add(outer);
      }
    }
    this.#kept = new Map([...this.#all].filter(([, owner]) => owners.has(owner)));
    for (const [call, owner] of this.#kept) {
      if (owner.parameters.length === 0 || call.arguments.length === 0)
        throw new NotGiven('A part of the text is made by a function that is given nothing.');
    }
  }

  owners(): FunctionWithBody[] {
    return [...new Set(this.#kept.values())];
  }

  calls(): ts.CallExpression[] {
    return [...this.#kept.keys()];
  }

  around(node: ts.Node): FunctionWithBody | undefined {
    return this.owners().find((owner) => contains(owner, node));
  }

  arrayOf(owner: FunctionWithBody): string {
    return firstFree(['params', 'values', 'sqlParams'], (one) => isNameFree(this.#program, one, owner, new Set()));
  }

  handOn(call: ts.CallExpression, array: string): SourceEdit {
    const owner = this.#kept.get(call);
    if (owner === undefined) throw new Error('A call is one of those that are kept.');
    return handOn(owner, call, array);
  }

  edits(owner: FunctionWithBody, inside: readonly SourceEdit[]): HelperEdits {
    const array = this.arrayOf(owner);
    const handed = this.calls()
      .filter((call) => this.around(call) === owner)
      .map((call) => this.handOn(call, array));
    const calls = this.calls().filter((call) => this.#kept.get(call) === owner);
    return { owner, edits: [...parameterEdits(owner, array, ''), ...inside, ...handed], calls };
  }

  /** Tells values apart, in the order of their files. */
  keyOf(expression: ts.Expression): number {
    const file = expression.getSourceFile();
    if (!this.#files.includes(file)) this.#files.push(file);
    return this.#files.indexOf(file) * fileSize + expression.pos;
  }
}
