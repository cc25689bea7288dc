/** What others can reach: the exports of the files that a package.json names, that a framework loads or code in another language, and what hangs on them. */

import path from 'node:path';
import { ts } from 'ts-morph';
import { entryEndings } from '../program/packages.ts';
import type { Program } from '../program/program.ts';
import { parentOf } from './ancestors.ts';
import { exportedRoot } from './roles.ts';

export class PublicApi {
  readonly #program: Program;
  #exposed: ReadonlyMap<ts.Symbol, ts.Node> | undefined;
  #entries: ReadonlySet<ts.SourceFile> | undefined;

  constructor(program: Program) {
    this.#program = program;
  }

  /** The export through which the symbol can be reached from outside. */
  exposes(symbol: ts.Symbol): ts.Node | undefined {
    this.#exposed ??= this.#collect();
    return this.#exposed.get(symbol);
  }

  /** Is it a file that other packages load? */
  isEntry(file: ts.SourceFile): boolean {
    this.#entries ??= this.#entryFiles();
    return this.#entries.has(file);
  }

  #collect(): ReadonlyMap<ts.Symbol, ts.Node> {
    const exposed = new Map<ts.Symbol, ts.Node>();
    this.#entries ??= this.#entryFiles();
    for (const file of this.#entries) {
      const module = this.#program.moduleSymbol(file);
      if (module === undefined) continue;
      const whole = module.exports?.get(ts.InternalSymbolName.ExportEquals);
      const exported = whole === undefined ? this.#program.checker.getExportsOfModule(module) : [whole];
      for (const symbol of exported) this.#expose(symbol, symbol.declarations?.[0] ?? file, exposed);
    }
    return exposed;
  }

  #expose(start: ts.Symbol, via: ts.Node, exposed: Map<ts.Symbol, ts.Node>): void {
    const pending = [start];
    for (let symbol = pending.pop(); symbol !== undefined; symbol = pending.pop()) {
      if (exposed.has(symbol)) continue;
      const { declarations } = symbol;
      if (declarations?.every((declaration) => this.#program.owns(declaration)) !== true) continue;
      exposed.set(symbol, via);
      const target = this.#program.followAlias(symbol);
      if (target !== symbol) pending.push(target);
      for (const declaration of declarations) {
        const named = namedValue(declaration);
        const value = named && this.#program.symbolOf(named);
        if (value !== undefined) pending.push(value);
        pending.push(...this.#required(declaration));
      }
      pending.push(...this.#reachable(target));
    }
  }

  /** `exports.Base = require('./base')`: what that module exports. */
  #required(declaration: ts.Declaration): readonly ts.Symbol[] {
    const value = valueOf(declaration);
    if (value === undefined || !ts.isCallExpression(value) || value.expression.getText() !== 'require') return [];
    const [specifier] = value.arguments;
    const file =
      specifier !== undefined && ts.isStringLiteralLike(specifier)
        ? this.#program.resolveImport(specifier.text, value.getSourceFile())
        : undefined;
    const module = file && this.#program.moduleSymbol(file);
    const whole = module?.exports?.get(ts.InternalSymbolName.ExportEquals);
    if (module === undefined) return [];
    return whole === undefined ? this.#program.checker.getExportsOfModule(module) : [whole];
  }

  /** Members of what the symbol is, of what it constructs, and of what it returns. */
  #reachable(symbol: ts.Symbol): ts.Symbol[] {
    const { checker } = this.#program;
    const types = [checker.getTypeOfSymbol(symbol)];
    if ((symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) !== 0) types.push(checker.getDeclaredTypeOfSymbol(symbol));
    const all = types.flatMap((type) => [
      type,
      ...[...type.getCallSignatures(), ...type.getConstructSignatures()].map((signature) => signature.getReturnType()),
    ]);
    return all
      .flatMap((type) => (type.isUnion() ? type.types : [type]))
      .flatMap((type) => ((type.flags & ts.TypeFlags.Object) === 0 ? [] : type.getProperties()))
      .flatMap((property) => this.#program.rootsOf(property));
  }

  #entryFiles(): Set<ts.SourceFile> {
    const files = new Set<ts.SourceFile>();
    const seen = new Set<string>();
    for (const file of this.#program.files) {
      const own = this.#program.packages.of(file.fileName);
      if (exportedRoot(this.#program, file) !== undefined) files.add(file);
      if (own === undefined || seen.has(own.folder)) continue;
      seen.add(own.folder);
      for (const entry of [...(own.private ? [] : own.entries), ...this.#program.packages.foreignLoads(own)]) {
        const found = this.#fileOf(entry);
        if (found !== undefined) files.add(found);
      }
    }
    return files;
  }

  #fileOf(entry: string): ts.SourceFile | undefined {
    for (const ending of entryEndings) {
      const found = this.#program.file(this.#program.relative(path.normalize(entry + ending)));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** The name whose value the exporting declaration passes on: `exports.load = load`, `{ load: load }`, `{ load }`. */
function namedValue(declaration: ts.Declaration): ts.Node | undefined {
  const value = valueOf(declaration);
  if (value === undefined) return undefined;
  if (ts.isPropertyAccessExpression(value)) return value.name;
  return ts.isIdentifier(value) ? value : undefined;
}

function valueOf(declaration: ts.Declaration): ts.Node | undefined {
  let value: ts.Node | undefined;
  if (ts.isShorthandPropertyAssignment(declaration)) value = declaration.name;
  else if (ts.isPropertyAssignment(declaration)) value = declaration.initializer;
  else if (ts.isExportAssignment(declaration)) value = declaration.expression;
  else {
    const assignment = ts.isBinaryExpression(declaration) ? declaration : parentOf(declaration);
    if (assignment !== undefined && ts.isBinaryExpression(assignment)) value = assignment.right;
  }
  while (value !== undefined && ts.isBinaryExpression(value)) value = value.right;
  return value;
}
