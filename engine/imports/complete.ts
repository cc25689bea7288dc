/**
 * Completes the imports of a file after its edits were applied: adds what the new code needs, takes away what it no longer uses.
 * It works on the new text alone, so any subset of the fixes gets exactly the imports that the subset needs.
 */

import MagicString from 'magic-string';
import { isBuiltin } from 'node:module';
import { ts } from 'ts-morph';
import { isDroppable } from '../../catalog/droppable-modules.ts';
import type { ImportNeed, PreambleNeed } from '../finding.ts';
import { parseFile } from '../program/host.ts';
import { dominantLineEnding, type Range } from '../text.ts';
import { moduleBindings, scopeNames, type ModuleBinding } from './bindings.ts';
import { usesConst } from './habit.ts';

export interface Completion {
  readonly text: string;
  /** The replacements that were made, in the order of the text, for mapping positions back. */
  readonly edits: readonly { readonly start: number; readonly end: number; readonly text: string }[];
}

/**
 * @param before the tree before any edit: only bindings that it used are taken away
 * @param text after the edits
 * @param esModule does the file run as an ES module?
 */
export function completeImports(
  before: ts.SourceFile,
  text: string,
  needs: readonly ImportNeed[],
  preambles: readonly PreambleNeed[],
  esModule: boolean,
): Completion {
  const after = parseFile(before.fileName, text);
  const plan = new Plan(after, before, esModule);
  plan.dropUnused(new Set(preambles.flatMap(({ text: statement }) => namesIn(statement))));
  plan.add(needs);
  plan.addPreambles(preambles);
  plan.preferPlainNames(needs);
  return plan.apply();
}

class Plan {
  readonly #file: ts.SourceFile;
  readonly #before: ts.SourceFile;
  readonly #esModule: boolean;
  readonly #eol: string;
  readonly #semicolon: string;
  readonly #quote: string;
  readonly #bindings: readonly ModuleBinding[];
  readonly #dropped = new Set<ts.Node>();
  readonly #edits: { start: number; end: number; text: string }[] = [];
  readonly #imports: string[] = [];
  readonly #preambles: string[] = [];
  readonly #edited = new Set<ts.Node>();

  constructor(file: ts.SourceFile, before: ts.SourceFile, esModule: boolean) {
    this.#file = file;
    this.#before = before;
    this.#esModule = esModule;
    this.#eol = dominantLineEnding(file.text);
    this.#bindings = moduleBindings(file);
    this.#semicolon = usesSemicolons(before) ? ';' : '';
    this.#quote = usedQuote(before);
  }

  /**
   * A binding that had uses and has none now.
   * @param wanted names that the statements to be added use
   */
  dropUnused(wanted: ReadonlySet<string>): void {
    const had = scopeNames(this.#before);
    const has = scopeNames(this.#file);
    const lost = (local: ts.Identifier): boolean =>
      !wanted.has(local.text) && (had.get(local.text)?.length ?? 0) > 1 && has.get(local.text)?.length === 1;
    for (const binding of this.#bindings) {
      if (!isBuiltin(binding.specifier.text) && !isDroppable(binding.specifier.text)) continue;
      if (binding.whole !== undefined && binding.named.length === 0) {
        if (lost(binding.whole)) this.#dropBinding(binding);
        continue;
      }
      const lostNames = binding.named.filter((named) => lost(named.local));
      if (lostNames.length === 0) continue;
      const elements: readonly ts.Node[] = binding.braces?.elements ?? [];
      if (binding.whole === undefined && lostNames.length === elements.length) this.#dropBinding(binding);
      else for (const named of lostNames) this.#dropped.add(named.node);
    }
  }

  add(needs: readonly ImportNeed[]): void {
    const missing = new Map<string, ImportNeed[]>();
    for (const need of needs) {
      if (this.#isBound(need)) continue;
      const list = missing.get(need.specifier) ?? [];
      if (!list.some((one) => one.local === need.local)) list.push(need);
      missing.set(need.specifier, list);
    }
    for (const [specifier, list] of missing) {
      const wanted = list.map((need) => this.#spelledName(need));
      const host = this.#bindings.find(
        (binding) => binding.specifier.text === specifier && binding.braces !== undefined && !this.#dropped.has(binding.statement),
      );
      if (host?.braces !== undefined) this.#editBraces(host.braces, wanted);
      else this.#addStatement(specifier, wanted, list);
    }
    for (const binding of this.#bindings) {
      if (binding.braces !== undefined && !this.#edited.has(binding.braces)) this.#editBraces(binding.braces, []);
    }
  }

  addPreambles(preambles: readonly PreambleNeed[]): void {
    const present = new Set(this.#file.statements.map((statement) => statement.getText(this.#file).replace(/;$/, '')));
    for (const { text } of this.#inOrderOfUse(preambles)) {
      if (present.has(text)) continue;
      present.add(text);
      this.#preambles.push(text + this.#semicolon);
    }
  }

  /** The fixes that need them come in an order of their own. */
  #inOrderOfUse(preambles: readonly PreambleNeed[]): PreambleNeed[] {
    const names = scopeNames(this.#file);
    const firstUse = ({ text }: PreambleNeed): number =>
      Math.min(
        ...parseFile('preamble.js', text)
          .statements.flatMap(declaredNames)
          .map((name) => names.get(name)?.[0]?.getStart(this.#file) ?? Infinity),
      );
    return preambles
      .map((preamble) => ({ preamble, start: firstUse(preamble) }))
      .sort((a, b) => (a.start === b.start ? 0 : a.start - b.start))
      .map(({ preamble }) => preamble);
  }

  /** `readFileAsync` was a way round a `readFile` that the edits have since made unnecessary: take the plain name. */
  preferPlainNames(needs: readonly ImportNeed[]): void {
    for (const need of needs) {
      if (need.local === need.name || need.name === 'default') continue;
      const holders = (scopeNames(this.#file).get(need.name) ?? []).filter((identifier) => !this.#isGone(identifier));
      if (holders.length > 0) continue;
      for (const identifier of scopeNames(this.#file).get(need.local) ?? []) {
        if (this.#isGone(identifier)) continue;
        const shorthand = ts.isShorthandPropertyAssignment(identifier.parent);
        this.#edits.push({
          start: identifier.getStart(),
          end: identifier.end,
          text: shorthand ? `${need.local}: ${need.name}` : need.name,
        });
      }
    }
  }

  apply(): Completion {
    this.#placeAdded();
    const edits = this.#edits.filter(
      (edit, index) =>
        this.#edits.findIndex((other) => other.start === edit.start && other.end === edit.end && other.text === edit.text) === index,
    );
    const magic = new MagicString(this.#file.text);
    for (const edit of edits) {
      if (edit.start === edit.end) magic.appendLeft(edit.start, edit.text);
      else if (edit.text === '') magic.remove(edit.start, edit.end);
      else magic.update(edit.start, edit.end, edit.text);
    }
    return { text: magic.toString(), edits: edits.sort((a, b) => a.start - b.start || a.end - b.end) };
  }

  #isGone(node: ts.Node): boolean {
    for (let current: ts.Node = node; !ts.isSourceFile(current); current = current.parent) if (this.#dropped.has(current)) return true;
    return false;
  }

  #isBound(need: ImportNeed): boolean {
    return this.#bindings.some(
      (binding) =>
        binding.specifier.text.replace(/^node:/, '') === need.specifier.replace(/^node:/, '') &&
        (binding.named.some((named) => named.imported === need.name && named.local.text === need.local && !this.#isGone(named.node)) ||
          (need.name === '*' && binding.whole?.text === need.local)),
    );
  }

  #spelledName(need: ImportNeed): string {
    const free = (scopeNames(this.#file).get(need.name) ?? []).every((identifier) => this.#isGone(identifier));
    if (need.name === need.local || free) return need.name;
    return this.#esModule ? `${need.name} as ${need.local}` : `${need.name}: ${need.local}`;
  }

  /** Rewrites the list between the braces: the names that stay, and the new ones. */
  #editBraces(braces: ts.NamedImports | ts.ObjectBindingPattern, wanted: readonly string[]): void {
    this.#edited.add(braces);
    const elements: readonly ts.Node[] = braces.elements;
    const gone = elements.filter((element) => this.#dropped.has(element));
    if (gone.length === 0 && wanted.length === 0) return;
    const kept = elements.filter((element) => !this.#dropped.has(element));
    // A dropped name leaves its place to a new one, so that the list keeps its layout.
    const replacements = [...wanted];
    const removed: ts.Node[] = [];
    for (const element of gone) {
      const text = replacements.shift();
      if (text === undefined) removed.push(element);
      else this.#edits.push({ start: element.getStart(), end: element.end, text });
    }
    for (const element of removed) this.#edits.push({ ...this.#listRange(elements, element), text: '' });
    const last = kept.at(-1) ?? elements.at(-1);
    if (replacements.length === 0) return;
    if (last === undefined) this.#edits.push({ start: braces.getStart() + 1, end: braces.end - 1, text: ` ${replacements.join(', ')} ` });
    else
      this.#edits.push({ start: last.end, end: last.end, text: this.#separator(elements) + replacements.join(this.#separator(elements)) });
  }

  #separator(elements: readonly ts.Node[]): string {
    const [first, second] = elements;
    if (first !== undefined && second !== undefined) return this.#file.text.slice(first.end, second.getStart());
    return ', ';
  }

  /** An element with the comma that goes with it. */
  #listRange(elements: readonly ts.Node[], element: ts.Node): Range {
    const index = elements.indexOf(element);
    const next = elements[index + 1];
    const previous = elements[index - 1];
    if (next !== undefined) return { start: element.getStart(), end: next.getStart() };
    return { start: previous?.end ?? element.getStart(), end: element.end };
  }

  #dropBinding(binding: ModuleBinding): void {
    const { statement, declaration } = binding;
    const siblings = ts.isVariableStatement(statement) ? statement.declarationList.declarations : undefined;
    if (siblings !== undefined && siblings.length > 1 && declaration !== undefined) {
      this.#dropped.add(declaration);
      if (siblings.every((one) => this.#dropped.has(one))) this.#dropStatement(statement);
      else this.#edits.push({ ...this.#listRange(siblings, declaration), text: '' });
      return;
    }
    this.#dropStatement(statement);
  }

  #dropStatement(statement: ts.Statement): void {
    this.#dropped.add(statement);
  }

  #addStatement(specifier: string, wanted: readonly string[], needs: readonly ImportNeed[]): void {
    const keyword = usesConst(this.#before) ? 'const' : 'var';
    const quoted = `${this.#quote}${specifier}${this.#quote}`;
    const whole = needs.find((need) => need.name === '*' || need.name === 'default');
    const bound =
      whole === undefined ? `{ ${wanted.join(', ')} }` : whole.name === '*' && this.#esModule ? `* as ${whole.local}` : whole.local;
    const text = this.#esModule ? `import ${bound} from ${quoted}` : `${keyword} ${bound} = require(${quoted})`;
    this.#imports.push(text + this.#semicolon);
  }

  /** New imports take the place of a dropped one, else follow the leading imports, else open the file. */
  #placeAdded(): void {
    const dropped = this.#file.statements.filter((statement) => this.#dropped.has(statement));
    const [place] = this.#imports.length > 0 ? dropped : [];
    for (const statement of dropped) if (statement !== place) this.#edits.push({ ...this.#lineOf(statement), text: '' });
    const leading = this.#lastLeadingImport();
    if (place !== undefined) {
      this.#edits.push({ start: place.getStart(), end: place.end, text: this.#imports.join(this.#eol) });
    } else if (this.#imports.length > 0) {
      this.#insertAfter(leading, this.#imports);
    }
    for (const text of this.#preambles) {
      // After whatever binds the names that it uses.
      const used = new Set(namesIn(text));
      const binders = this.#bindings.filter(
        (binding) =>
          (binding.whole !== undefined && used.has(binding.whole.text)) || binding.named.some((named) => used.has(named.local.text)),
      );
      const declared = this.#file.statements.filter(
        (statement) =>
          ts.isVariableStatement(statement) && statement.declarationList.declarations.some((one) => bindsOneOf(one.name, used)),
      );
      const after = [leading, place, ...binders.map((binding) => binding.statement), ...declared].reduce(
        (last, statement) => (statement !== undefined && (last === undefined || statement.pos > last.pos) ? statement : last),
        undefined,
      );
      this.#insertAfter(after, [text]);
    }
  }

  #insertAfter(statement: ts.Statement | undefined, texts: readonly string[]): void {
    if (statement !== undefined) {
      const end = this.#endOfLine(statement);
      this.#edits.push({ start: end, end, text: texts.map((text) => this.#eol + text).join('') });
      return;
    }
    const start = this.#startOfCode();
    const last = this.#edits.findLast((edit) => edit.start === start && edit.end === start);
    const text = texts.map((one) => one + this.#eol).join('');
    if (last === undefined) this.#edits.push({ start, end: start, text: text + this.#eol });
    else last.text = last.text.slice(0, -this.#eol.length) + text + this.#eol;
  }

  /** The last import that only imports, directives and other declarations stand before. */
  #lastLeadingImport(): ts.Statement | undefined {
    let last: ts.Statement | undefined;
    for (const statement of this.#file.statements) {
      if (this.#bindings.some((binding) => binding.statement === statement)) {
        if (!this.#dropped.has(statement)) last = statement;
      } else if (!ts.isVariableStatement(statement) && !ts.isImportDeclaration(statement) && !isDirective(statement)) {
        break;
      }
    }
    return last;
  }

  /** After a trailing comment on the statement's last line. */
  #endOfLine(statement: ts.Statement): number {
    const trailing = ts.getTrailingCommentRanges(this.#file.text, statement.end) ?? [];
    return trailing.at(-1)?.end ?? statement.end;
  }

  /** The statement with its line, when it stands on lines of its own. */
  #lineOf(statement: ts.Statement): Range {
    const { text } = this.#file;
    let start = statement.getStart();
    let { end } = statement;
    while (start > 0 && /[ \t]/.test(text.charAt(start - 1))) start -= 1;
    while (/[ \t]/.test(text.charAt(end))) end += 1;
    const opensLine = start === 0 || /[\r\n]/.test(text.charAt(start - 1));
    if (!opensLine || !(end === text.length || /[\r\n]/.test(text.charAt(end)))) return { start: statement.getStart(), end: statement.end };
    if (text.startsWith('\r\n', end)) end += 2;
    else if (end < text.length) end += 1;
    return { start, end };
  }

  /** Behind the hashbang, the comment of the file and the directives; before the comments of the first statement. */
  #startOfCode(): number {
    const { text } = this.#file;
    const first = this.#file.statements.find((statement) => !isDirective(statement));
    if (first === undefined) return text.length;
    let start = first.getStart(this.#file);
    for (const comment of (ts.getLeadingCommentRanges(text, first.pos) ?? []).toReversed()) {
      // A blank line tells the comment of the file from that of the statement.
      if (/(?:\r\n|[\r\n])[ \t]*[\r\n]/.test(text.slice(comment.end, start)) || ofFile.test(text.slice(comment.pos, comment.end))) break;
      start = comment.pos;
    }
    return start;
  }
}

/** What is said of a whole file: whose it is, what it is, and how tools are to read it. */
const ofFile =
  /copyright|licen[cs]e|@(?:author|file|fileoverview|flow|jest|jsx|module|overview|preserve|ts-(?:no)?check)\b|^\/\*[\s*]*(?:eslint(?:-(?:disable|env))?|globals?|jshint|jslint)\s|istanbul ignore file/i;

/** Every identifier-like word of a statement. */
function namesIn(statement: string): string[] {
  return statement.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu) ?? [];
}

function isDirective(statement: ts.Statement): boolean {
  return ts.isExpressionStatement(statement) && ts.isStringLiteral(statement.expression);
}

/** Most statements of the file end in a semicolon. */
export function usesSemicolons(file: ts.SourceFile): boolean {
  let ending = 0;
  let total = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) || ts.isVariableStatement(node) || ts.isReturnStatement(node) || ts.isImportDeclaration(node)) {
      total += 1;
      if (file.text.charAt(node.end - 1) === ';') ending += 1;
    }
    if (total < 200) ts.forEachChild(node, visit);
  };
  visit(file);
  return total === 0 || ending * 2 >= total;
}

/** The quote that the file's strings use most. */
export function usedQuote(file: ts.SourceFile): "'" | '"' {
  let double = 0;
  let single = 0;
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node)) {
      if (file.text.charAt(node.end - 1) === '"') double += 1;
      else single += 1;
    }
    if (double + single < 200) ts.forEachChild(node, visit);
  };
  visit(file);
  return double > single ? '"' : "'";
}

function declaredNames(statement: ts.Statement): string[] {
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : []));
}

function bindsOneOf(name: ts.BindingName, names: ReadonlySet<string>): boolean {
  if (ts.isIdentifier(name)) return names.has(name.text);
  return name.elements.some((element) => ts.isBindingElement(element) && bindsOneOf(element.name, names));
}
