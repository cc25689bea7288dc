/**
 * Where a value comes from: the module that made it, and the way from the module to the value.
 *
 * The way is a list of steps: a member's name; `()` for the result of a call (a promise and what it resolves to are not told
 * apart); `new` for an instance; `(cb1)` for the parameter with index 1 of a function handed to a call. In text:
 * `fs.promises.readFile`, `pg.Pool.new`, `mysql.createPool().getConnection(cb1)`. Catalog rows are keyed by that text.
 *
 * It is followed through imports, `require`, destructuring, variables with one definition, parameters (by annotation, JSDoc, by
 * all calls agreeing, or as what a framework calls the module's function with), `this.x`, object literals and module exports. Where two ways disagree there is no origin.
 */

import { isBuiltin } from 'node:module';
import { ts } from 'ts-morph';
import { standIns, standingGlobals } from '../../catalog/standing-globals.ts';
import { handedModule } from './handed-modules.ts';
import type { Program } from './program.ts';

export interface Origin {
  /** As npm names it, without `node:`; `fs/promises` is `fs` with the step `promises`; `global` for globals. */
  readonly module: string;
  readonly steps: readonly string[];
  /** The whole as text, such as `fs.promises.readFile`. */
  readonly key: string;
}

/** A global that is always there. */
function isStanding(origin: Origin | undefined): boolean {
  return origin?.module === 'global' && origin.steps.length === 1 && standingGlobals.has(origin.steps[0] ?? '');
}

/** Of `typeof Promise === 'function' ? Promise : require('promise')` the side that is taken where the global is there, if that is the global. */
function takenSide({ condition, whenTrue, whenFalse }: ts.ConditionalExpression): ts.Expression | undefined {
  const test = ts.isParenthesizedExpression(condition) ? condition.expression : condition;
  if (!ts.isBinaryExpression(test) || !ts.isTypeOfExpression(test.left) || !ts.isStringLiteralLike(test.right)) return undefined;
  const { expression: tested } = test.left;
  const isEqual = /^===?$/.test(test.operatorToken.getText());
  if (!ts.isIdentifier(tested) || (!isEqual && !/^!==?$/.test(test.operatorToken.getText()))) return undefined;
  const isOfType = typeof (globalThis as Readonly<Record<string, unknown>>)[tested.text] === test.right.text;
  const taken = isOfType === isEqual ? whenTrue : whenFalse;
  return ts.isIdentifier(taken) && taken.text === tested.text ? taken : undefined;
}

/** Modules whose sub-path is also a member of the parent module. */
const subModules = /^(fs|dns|timers|readline|stream)\/promises$/;

export function moduleOrigin(specifier: string): Origin {
  const name = specifier.startsWith('node:') ? specifier.slice('node:'.length) : specifier;
  const global = standIns.get(name);
  if (global !== undefined) return makeOrigin('global', [global]);
  const sub = subModules.exec(name);
  return sub?.[1] === undefined ? makeOrigin(name, []) : makeOrigin(sub[1], ['promises']);
}

function makeOrigin(module: string, steps: readonly string[]): Origin {
  let key = module;
  for (const step of steps) key += step.startsWith('(') ? step : `.${step}`;
  return { module, steps, key };
}

function extend(origin: Origin | undefined, ...steps: string[]): Origin | undefined {
  return origin && makeOrigin(origin.module, [...origin.steps, ...steps]);
}

/** The member `name` of what `origin` is; the default export of a module is the module itself, as CommonJS has it. */
function member(origin: Origin | undefined, name: string): Origin | undefined {
  if (origin === undefined) return undefined;
  if (origin.steps.length === 0 && name === 'default') return origin;
  return extend(origin, name);
}

type Definition =
  | { readonly kind: 'expression'; readonly expression: ts.Expression; readonly steps: readonly string[] }
  /** Asked for only where the origin is what matters: a parameter's is that of the arguments of all calls. */
  | { readonly kind: 'origin'; readonly origin: () => Origin | undefined };

const unknownOrigin: Definition = { kind: 'origin', origin: () => undefined };

export class OriginFinder {
  readonly #program: Program;
  readonly #known = new Map<ts.Node | ts.Symbol, Origin | undefined>();
  /** What is being computed, with its depth. */
  readonly #active = new Map<ts.Node | ts.Symbol, number>();
  /** What came to nothing because a way led back to the active depth given here. */
  readonly #provisional = new Map<ts.Node | ts.Symbol, number>();
  /** The same in the order in which it ended. */
  readonly #provisionalKeys: (ts.Node | ts.Symbol)[] = [];
  /** What is assigned to names that are declared nowhere. */
  readonly #globals = new Map<string, readonly NonNullable<ReturnType<typeof assignedValue>>[]>();
  readonly #reassigned = new Map<ts.Symbol, boolean>();
  readonly #definitionOf = new Map<ts.Symbol, ts.Expression | undefined>();
  /** The least depth to which a way has led back since the present computation began. */
  #cutAt = Infinity;

  constructor(program: Program) {
    this.#program = program;
  }

  of(expression: ts.Expression): Origin | undefined {
    return this.#once(expression, () => this.#compute(expression));
  }

  /**
   * Computes the origin of a node or symbol once. A way that leads back to where it came from ends there; what came to nothing in
   * the course of that stands as long as where it came from is being computed, and for good when that comes to nothing too.
   */
  #once(key: ts.Node | ts.Symbol, compute: () => Origin | undefined): Origin | undefined {
    if (this.#known.has(key)) return this.#known.get(key);
    const depth = this.#active.get(key) ?? this.#provisional.get(key);
    if (depth !== undefined) {
      this.#cutAt = Math.min(this.#cutAt, depth);
      return undefined;
    }
    const own = this.#active.size;
    const cutBefore = this.#cutAt;
    const provisionalBefore = this.#provisionalKeys.length;
    this.#cutAt = Infinity;
    this.#active.set(key, own);
    const origin = compute();
    this.#active.delete(key);
    const isFinal = this.#cutAt >= own;
    if (origin !== undefined || isFinal) this.#known.set(key, origin);
    else this.#markProvisional(key);
    // What was taken for nothing on the way may not be, now that this is something.
    if (origin !== undefined || isFinal) this.#settle(provisionalBefore, origin === undefined);
    this.#cutAt = Math.min(cutBefore, isFinal ? Infinity : this.#cutAt);
    return origin;
  }

  #markProvisional(key: ts.Node | ts.Symbol): void {
    this.#provisional.set(key, this.#cutAt);
    this.#provisionalKeys.push(key);
  }

  /** Ends the state of what became provisional since `count` were: it came to nothing for good, or is open again. */
  #settle(count: number, forGood: boolean): void {
    for (const key of this.#provisionalKeys.splice(count)) {
      this.#provisional.delete(key);
      if (forGood) this.#known.set(key, undefined);
    }
  }

  definitionOf(symbol: ts.Symbol): ts.Expression | undefined {
    if (!this.#definitionOf.has(symbol)) this.#definitionOf.set(symbol, this.#onlyExpression(symbol));
    return this.#definitionOf.get(symbol);
  }

  /** The definition that `#single` finds, if it is an expression; told without asking what the others are. */
  #onlyExpression(symbol: ts.Symbol): ts.Expression | undefined {
    if (this.#ambient(symbol) !== undefined || this.#imported(symbol) !== undefined) return undefined;
    const target = this.#program.followAlias(symbol);
    const declared = this.#declaredOf(target);
    if (declared.length > 1 || declared.some(({ kind }) => kind === 'origin')) return undefined;
    const [only, ...others] = this.#withAssigned(target, declared);
    return only?.kind === 'expression' && only.steps.length === 0 && others.length === 0 ? only.expression : undefined;
  }

  #compute(node: ts.Expression): Origin | undefined {
    if (ts.isParenthesizedExpression(node) || ts.isAwaitExpression(node)) return this.of(node.expression);
    if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isTypeAssertionExpression(node) || ts.isNonNullExpression(node)) {
      return this.of(node.expression);
    }
    if (ts.isIdentifier(node)) return this.#ofIdentifier(node);
    if (ts.isPropertyAccessExpression(node)) return this.#ofMember(node, node.expression, node.name.text, node.name);
    if (ts.isElementAccessExpression(node)) {
      const { argumentExpression: key } = node;
      return ts.isStringLiteralLike(key) ? this.#ofMember(node, node.expression, key.text, key) : undefined;
    }
    if (ts.isCallExpression(node)) return this.#ofCall(node);
    if (ts.isNewExpression(node)) return extend(this.of(node.expression), 'new');
    if (ts.isBinaryExpression(node)) return this.#ofBinary(node);
    if (ts.isConditionalExpression(node)) {
      const taken = takenSide(node);
      if (taken !== undefined && isStanding(this.of(taken))) return this.of(taken);
      return agree([this.of(node.whenTrue), this.of(node.whenFalse)]);
    }
    if (node.kind === ts.SyntaxKind.ThisKeyword) return this.#ofType(node);
    return undefined;
  }

  #ofIdentifier(node: ts.Identifier): Origin | undefined {
    const { checker } = this.#program;
    const { parent } = node;
    const own = ts.isShorthandPropertyAssignment(parent) ? checker.getShorthandAssignmentValueSymbol(parent) : this.#program.symbolAt(node);
    if (own === undefined || isHungOnly(own)) return this.#ofGlobal(node.text);
    if (this.#isReassignedImport(own)) return undefined;
    return this.#ofSymbol(own) ?? this.#ofType(node);
  }

  /** A name that is declared nowhere: what the program itself puts there, by `db = …` or `global.db = …` in any module, or the environment. */
  #ofGlobal(name: string): Origin | undefined {
    const values = this.#assignedToGlobal(name);
    const [first] = values;
    if (first === undefined) return makeOrigin('global', [name]);
    // `db = db || connect()` leads back to the name: the token of the assignment stands for it, as no expression does.
    const key = first === 'unknown' || !ts.isBinaryExpression(first.parent) ? undefined : first.parent.operatorToken;
    return key && this.#once(key, () => agree(values.map((value) => (value === 'unknown' ? undefined : this.of(value)))));
  }

  /** `global.setTimeout` is `setTimeout`, unless the program puts something else there. */
  #ofGlobalMember(name: string, nameNode: ts.Node): Origin | undefined {
    const symbol = this.#assignedToGlobal(name).length === 0 ? this.#program.symbolOf(nameNode) : undefined;
    return (symbol && this.#ambient(symbol)) ?? this.#ofGlobal(name);
  }

  #assignedToGlobal(name: string): readonly NonNullable<ReturnType<typeof assignedValue>>[] {
    let values = this.#globals.get(name);
    if (values === undefined) {
      values = this.#program.references.named(name).flatMap((identifier) => {
        const value = assignedValue(identifier);
        return value === undefined || !isGlobalName(this.#program, identifier) ? [] : [value];
      });
      this.#globals.set(name, values);
    }
    return values;
  }

  /** `let fs = require('fs'); fs = mock;`: to the checker `fs` is an alias of the module, wherever it stands. */
  #isReassignedImport(own: ts.Symbol): boolean {
    let reassigned = this.#reassigned.get(own);
    if (reassigned === undefined) this.#reassigned.set(own, (reassigned = this.#findsImportReassigned(own)));
    return reassigned;
  }

  #findsImportReassigned(own: ts.Symbol): boolean {
    if ((own.flags & ts.SymbolFlags.Alias) === 0) return false;
    const declaration = own.declarations?.[0];
    if (declaration === undefined || !(ts.isVariableDeclaration(declaration) || ts.isBindingElement(declaration))) return false;
    if ((ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const) !== 0) return false;
    return this.#program.references
      .namedIn(declaration.getSourceFile(), own.name)
      .some((identifier) => assignedValue(identifier) !== undefined && this.#program.symbolAt(identifier) === own);
  }

  #ofMember(node: ts.Expression, object: ts.Expression, name: string, nameNode: ts.Node): Origin | undefined {
    if (isGlobalObject(this.#program, object)) return this.#ofGlobalMember(name, nameNode);
    const base = this.of(object);
    if (base !== undefined) return member(base, name);
    const own = ts.isIdentifier(object) ? this.#program.symbolAt(object) : undefined;
    if (own !== undefined && this.#isReassignedImport(own)) return undefined;
    const symbol = this.#program.symbolOf(nameNode);
    return (symbol && this.#ofSymbol(symbol)) ?? this.#ofType(node);
  }

  #ofCall(node: ts.CallExpression): Origin | undefined {
    const [first] = node.arguments;
    if (isRequire(node) && first !== undefined && ts.isStringLiteralLike(first)) {
      return this.#ofModule(first, node.getSourceFile());
    }
    if (node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      return first !== undefined && ts.isStringLiteralLike(first) ? this.#ofModule(first, node.getSourceFile()) : undefined;
    }
    const callee = this.of(node.expression);
    // `db.get.bind(db)` is `db.get`, as far as it was bound to its own object.
    if (callee?.steps.at(-1) === 'bind') return makeOrigin(callee.module, callee.steps.slice(0, -1));
    if (callee?.key === 'util.promisify' && first !== undefined) return extend(this.of(first), '(promisified)');
    return extend(callee, '()') ?? this.#ofReturned(node) ?? this.#ofType(node);
  }

  /** A function of the program that returns one thing: `function connection() { return mysql.createConnection(options); }`. */
  #ofReturned(call: ts.CallExpression): Origin | undefined {
    const symbol = this.#program.symbolOf(calleeName(call.expression));
    const declaration = symbol && functionOf(this.#program, symbol);
    if (declaration?.body === undefined) return undefined;
    const { body } = declaration;
    if (!ts.isBlock(body)) return this.of(body);
    return this.#once(body, () => {
      const returned = returnedExpressions(body);
      return returned.length === 0 ? undefined : agree(returned.map((expression) => this.of(expression)));
    });
  }

  #ofBinary(node: ts.BinaryExpression): Origin | undefined {
    switch (node.operatorToken.kind) {
      case ts.SyntaxKind.EqualsToken:
      case ts.SyntaxKind.CommaToken:
        return this.of(node.right);
      case ts.SyntaxKind.BarBarToken:
      case ts.SyntaxKind.QuestionQuestionToken: {
        const left = this.of(node.left);
        if (isStanding(left)) return left;
        const right = this.of(node.right);
        // In `options.fs || require('fs')` the left is somebody's choice and may be anything.
        return agree([left, right]);
      }
      case ts.SyntaxKind.AmpersandAmpersandToken:
        return this.of(node.right);
      default:
        return undefined;
    }
  }

  #ofModule(specifier: ts.StringLiteralLike, file: ts.SourceFile): Origin | undefined {
    if (isBuiltin(specifier.text)) return moduleOrigin(specifier.text);
    const own = this.#program.resolveImport(specifier.text, file);
    if (own !== undefined) return this.#ofExported(own);
    return /^[./]/.test(specifier.text) ? undefined : moduleOrigin(specifier.text);
  }

  /** What `module.exports` or the default export of a project file is. */
  #ofExported(file: ts.SourceFile): Origin | undefined {
    const symbol = this.#program.moduleSymbol(file);
    const whole = symbol?.exports?.get(ts.InternalSymbolName.ExportEquals) ?? symbol?.exports?.get(ts.InternalSymbolName.Default);
    return whole && this.#ofSymbol(whole);
  }

  #ofSymbol(symbol: ts.Symbol): Origin | undefined {
    return this.#once(symbol, () => {
      const definition = this.#single(symbol);
      return definition && this.#ofDefinition(definition);
    });
  }

  #ofDefinition(definition: Definition): Origin | undefined {
    if (definition.kind === 'origin') return definition.origin();
    return definition.steps.reduce<Origin | undefined>((origin, step) => member(origin, step), this.of(definition.expression));
  }

  /** The one definition of a symbol; none when there are several that differ. */
  #single(symbol: ts.Symbol): Definition | undefined {
    const ambient = this.#ambient(symbol);
    if (ambient !== undefined) return { kind: 'origin', origin: () => ambient };
    const imported = this.#imported(symbol);
    if (imported !== undefined) return imported;
    const definitions = this.#definitions(this.#program.followAlias(symbol));
    const [first] = definitions;
    if (definitions.length <= 1) return first ?? this.#required(symbol) ?? this.#onlyDeclared(symbol);
    return { kind: 'origin', origin: () => agree(definitions.map((definition) => this.#ofDefinition(definition))) };
  }

  /** A symbol declared in Node's types, or in no file at all. */
  #ambient(symbol: ts.Symbol): Origin | undefined {
    const target = this.#program.followAlias(symbol);
    // `Promise` is an interface and a variable: as an expression it is the variable.
    const declaration = target.valueDeclaration ?? target.declarations?.[0];
    if (declaration === undefined || this.#program.owns(declaration)) return undefined;
    const steps: string[] = [];
    for (let node: ts.Node = declaration; !ts.isSourceFile(node); node = node.parent) {
      if (ts.isModuleDeclaration(node)) {
        if (ts.isStringLiteral(node.name)) return makeSubOrigin(node.name.text, wholeExport(node) === steps[0] ? steps.slice(1) : steps);
        if (node.name.text !== 'global') steps.unshift(node.name.text);
      } else if (ts.isFunctionDeclaration(node) || ts.isVariableDeclaration(node) || ts.isClassDeclaration(node)) {
        if (node.name !== undefined && ts.isIdentifier(node.name)) steps.unshift(node.name.text);
      } else if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) {
        // A member of an interface: the way to the value leads through an instance, which types alone tell.
        return undefined;
      }
    }
    const file = declaration.getSourceFile();
    const name = packageOf(file.fileName);
    if (name === undefined) return undefined;
    if (name === 'typescript' || name === 'node') return steps.length === 0 ? undefined : makeOrigin('global', steps);
    return steps.length === 0 ? undefined : makeOrigin(name, steps);
  }

  /** `declare var it: …` of the project's own declarations says that the environment has it, and defines nothing. */
  #onlyDeclared(symbol: ts.Symbol): Definition | undefined {
    return isEnvironmental(symbol) ? { kind: 'origin', origin: () => this.#ofGlobal(symbol.name) } : undefined;
  }

  #imported(symbol: ts.Symbol): Definition | undefined {
    const declaration = symbol.declarations?.[0];
    if (declaration === undefined) return undefined;
    if (ts.isImportSpecifier(declaration)) {
      const specifier = declaration.parent.parent.parent.moduleSpecifier;
      return this.#fromSpecifier(specifier, [(declaration.propertyName ?? declaration.name).text]);
    }
    if (ts.isImportClause(declaration)) return this.#fromSpecifier(declaration.parent.moduleSpecifier, ['default']);
    if (ts.isNamespaceImport(declaration)) return this.#fromSpecifier(declaration.parent.parent.moduleSpecifier, []);
    if (ts.isImportEqualsDeclaration(declaration) && ts.isExternalModuleReference(declaration.moduleReference)) {
      return this.#fromSpecifier(declaration.moduleReference.expression, []);
    }
    if (ts.isExportSpecifier(declaration) && declaration.parent.parent.moduleSpecifier !== undefined) {
      return this.#fromSpecifier(declaration.parent.parent.moduleSpecifier, [(declaration.propertyName ?? declaration.name).text]);
    }
    return undefined;
  }

  /** `const program = require('commander')`: to the checker the module itself, whose types may tell of other members than `require` gives. */
  #required(symbol: ts.Symbol): Definition | undefined {
    const declaration = symbol.declarations?.[0];
    if (declaration === undefined || !ts.isVariableDeclaration(declaration)) return undefined;
    const { initializer } = declaration;
    if (initializer === undefined || !ts.isCallExpression(initializer) || !isRequire(initializer)) return undefined;
    const [specifier] = initializer.arguments;
    return specifier && this.#fromSpecifier(specifier, []);
  }

  /** Only for modules outside the project: inside it, the alias leads to the declaration. */
  #fromSpecifier(specifier: ts.Expression, steps: readonly string[]): Definition | undefined {
    if (!ts.isStringLiteralLike(specifier)) return undefined;
    if (!isBuiltin(specifier.text) && this.#program.resolveImport(specifier.text, specifier.getSourceFile()) !== undefined)
      return undefined;
    if (/^[./]/.test(specifier.text)) return undefined;
    return {
      kind: 'origin',
      origin: () => steps.reduce<Origin | undefined>((base, step) => member(base, step), moduleOrigin(specifier.text)),
    };
  }

  #definitions(symbol: ts.Symbol): Definition[] {
    return this.#withAssigned(symbol, this.#declaredOf(symbol));
  }

  #declaredOf(symbol: ts.Symbol): Definition[] {
    const own = (symbol.declarations ?? []).filter((declaration) => this.#program.owns(declaration));
    return own.flatMap((declaration) => this.#declared(declaration, symbol));
  }

  #withAssigned(symbol: ts.Symbol, declared: readonly Definition[]): Definition[] {
    const found = [...declared];
    for (const identifier of this.#program.references.among(symbol, isAssigned)) {
      const assigned = assignedValue(identifier);
      // `exports.pool = pool` defines `pool` by itself, for the checker takes one for the other.
      if (assigned !== undefined && assigned !== 'unknown' && this.#names(assigned, symbol)) continue;
      if (assigned !== undefined && !found.some((one) => one.kind === 'expression' && one.expression === assigned)) {
        found.push(assigned === 'unknown' ? unknownOrigin : { kind: 'expression', expression: assigned, steps: [] });
      }
    }
    return found;
  }

  #names(expression: ts.Expression, symbol: ts.Symbol): boolean {
    return ts.isIdentifier(expression) && this.#program.symbolOf(expression) === symbol;
  }

  #declared(declaration: ts.Declaration, symbol: ts.Symbol): Definition[] {
    if (ts.isVariableDeclaration(declaration)) {
      if (declaration.initializer !== undefined) return [{ kind: 'expression', expression: declaration.initializer, steps: [] }];
      const { parent } = declaration;
      // A loop variable or a catch clause's has a value from elsewhere.
      if (ts.isCatchClause(parent) || !ts.isVariableStatement(parent.parent)) return [unknownOrigin];
      const annotated = declaration.type && this.#ofAnnotation(declaration.type);
      return annotated === undefined ? [] : [{ kind: 'origin', origin: () => annotated }];
    }
    if (ts.isBindingElement(declaration)) return [this.#destructured(declaration)];
    if (ts.isParameter(declaration)) return [{ kind: 'origin', origin: () => this.#ofParameter(declaration, symbol) }];
    if (ts.isPropertyDeclaration(declaration) || ts.isPropertySignature(declaration)) {
      const annotated = declaration.type && this.#ofAnnotation(declaration.type);
      if (annotated !== undefined) return [{ kind: 'origin', origin: () => annotated }];
      if (ts.isPropertyDeclaration(declaration) && declaration.initializer !== undefined) {
        return [{ kind: 'expression', expression: declaration.initializer, steps: [] }];
      }
      return [];
    }
    if (ts.isPropertyAssignment(declaration)) return [{ kind: 'expression', expression: declaration.initializer, steps: [] }];
    if (ts.isShorthandPropertyAssignment(declaration)) return [{ kind: 'expression', expression: declaration.name, steps: [] }];
    if (ts.isExportAssignment(declaration)) return [{ kind: 'expression', expression: declaration.expression, steps: [] }];
    // `exports.db = …`, `module.exports = …`, `this.db = …`: the assignment is the declaration.
    const { parent } = declaration;
    if (ts.isBinaryExpression(declaration) && declaration.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      return [{ kind: 'expression', expression: declaration.right, steps: [] }];
    }
    if (!ts.isSourceFile(declaration) && ts.isBinaryExpression(parent) && parent.right !== (declaration as ts.Node)) {
      return [{ kind: 'expression', expression: parent.right, steps: [] }];
    }
    return [];
  }

  #destructured(element: ts.BindingElement): Definition {
    const steps: string[] = [];
    let current: ts.BindingElement = element;
    for (;;) {
      if (current.initializer !== undefined || current.dotDotDotToken !== undefined || !ts.isObjectBindingPattern(current.parent)) {
        return unknownOrigin;
      }
      const key = current.propertyName ?? current.name;
      if (!ts.isIdentifier(key) && !ts.isStringLiteral(key)) return unknownOrigin;
      steps.unshift(key.text);
      const holder: ts.Node = current.parent.parent;
      if (ts.isBindingElement(holder)) {
        current = holder;
      } else if (ts.isVariableDeclaration(holder) && holder.initializer !== undefined) {
        return { kind: 'expression', expression: holder.initializer, steps };
      } else if (ts.isParameter(holder)) {
        return {
          kind: 'origin',
          origin: () => steps.reduce<Origin | undefined>((origin, step) => member(origin, step), this.#ofParameter(holder, undefined)),
        };
      } else {
        return unknownOrigin;
      }
    }
  }

  #ofParameter(parameter: ts.ParameterDeclaration, symbol: ts.Symbol | undefined): Origin | undefined {
    const annotation = parameter.type ?? ts.getJSDocType(parameter);
    const annotated = annotation && this.#ofAnnotation(annotation);
    if (annotated !== undefined) return annotated;
    if (parameter.initializer !== undefined || parameter.dotDotDotToken !== undefined) return undefined;
    const owner = parameter.parent;
    const index = owner.parameters.indexOf(parameter);
    if (ts.isArrowFunction(owner) || ts.isFunctionExpression(owner)) {
      const handed = this.#handedTo(owner, index);
      if (handed !== undefined) return handed;
    }
    if (symbol !== undefined && isReassigned(this.#program, symbol)) return undefined;
    const handed = index === 0 ? handedModule(this.#program, owner) : undefined;
    return handed === undefined ? this.#ofArguments(owner, index) : moduleOrigin(handed.module);
  }

  /** A function written as an argument: its parameter is what the call gives to a callback. */
  #handedTo(owner: ts.Expression, index: number): Origin | undefined {
    let argument: ts.Node = owner;
    while (ts.isParenthesizedExpression(argument.parent)) argument = argument.parent;
    const call = argument.parent;
    if (!ts.isCallExpression(call) || !call.arguments.some((one) => one === argument)) return undefined;
    return extend(this.of(call.expression), `(cb${index})`);
  }

  /** What every call of the function gives at `index`, when all calls can be seen. */
  #ofArguments(owner: ts.SignatureDeclaration, index: number): Origin | undefined {
    const origins: (Origin | undefined)[] = [];
    for (const use of this.#usesOf(owner)) {
      if ((ts.isCallExpression(use.parent) || ts.isNewExpression(use.parent)) && use.parent.expression === use) {
        const argument = use.parent.arguments?.[index];
        origins.push(argument && this.of(argument));
      } else if (isTypeOrMember(use)) {
        continue;
      } else if (ts.isCallExpression(use.parent)) {
        // Passed by name: what the call gives to a callback.
        origins.push(extend(this.of(use.parent.expression), `(cb${index})`));
      } else {
        return undefined;
      }
    }
    return origins.length === 0 ? undefined : agree(origins);
  }

  /** The expressions by which a function is used: `load`, `store.load`, `require('./load')`. Declarations, imports and exports are not uses. */
  #usesOf(owner: ts.SignatureDeclaration): ts.Expression[] {
    const symbols = namingSymbols(this.#program, owner);
    const uses: ts.Expression[] = [];
    for (const symbol of symbols) {
      for (const identifier of this.#program.references.to(symbol)) {
        if (isDeclarationName(identifier) || isModuleBinding(identifier)) continue;
        const { parent } = identifier;
        const expression = ts.isPropertyAccessExpression(parent) && parent.name === identifier ? parent : identifier;
        if (isExportOf(expression)) continue;
        uses.push(expression);
      }
    }
    for (const specifier of wholeModuleUses(this.#program, owner)) {
      const { parent } = specifier;
      if (ts.isCallExpression(parent) && ts.isCallExpression(parent.parent) && parent.parent.expression === parent) uses.push(parent);
    }
    return [...new Set(uses)];
  }

  #ofAnnotation(type: ts.TypeNode): Origin | undefined {
    if (ts.isTypeReferenceNode(type)) {
      const symbol = this.#program.checker.getSymbolAtLocation(type.typeName);
      if (symbol !== undefined) {
        if (ts.isQualifiedName(type.typeName)) {
          const left = this.#program.checker.getSymbolAtLocation(type.typeName.left);
          const base = left && this.#ofSymbol(left);
          if (base !== undefined) return extend(member(base, type.typeName.right.text), 'new');
        }
        const origin = this.#ofSymbol(symbol);
        if (origin !== undefined) return extend(origin, 'new');
      }
    }
    if (ts.isImportTypeNode(type) && ts.isLiteralTypeNode(type.argument) && ts.isStringLiteral(type.argument.literal)) {
      const { qualifier } = type;
      if (qualifier !== undefined && ts.isIdentifier(qualifier)) {
        return extend(member(moduleOrigin(type.argument.literal.text), qualifier.text), 'new');
      }
    }
    return this.#ofTypeObject(this.#program.checker.getTypeFromTypeNode(type));
  }

  #ofType(expression: ts.Expression): Origin | undefined {
    return this.#ofTypeObject(this.#program.checker.getTypeAtLocation(expression));
  }

  /** The class or interface, of Node or of a library, that the type is an instance of. */
  #ofTypeObject(type: ts.Type): Origin | undefined {
    const { checker } = this.#program;
    const present = checker.getNonNullableType(type);
    if (present.isUnion()) return agree(present.types.map((one) => this.#ofTypeObject(one)));
    const symbol = present.aliasSymbol ?? present.getSymbol();
    const declaration = symbol?.declarations?.[0];
    if (declaration === undefined || this.#program.owns(declaration)) return undefined;
    if (!ts.isClassDeclaration(declaration) && !ts.isInterfaceDeclaration(declaration)) return undefined;
    if (declaration.name === undefined) return undefined;
    const name = declaration.name.text;
    for (let node: ts.Node = declaration.parent; !ts.isSourceFile(node); node = node.parent) {
      if (ts.isModuleDeclaration(node) && ts.isStringLiteral(node.name)) return makeSubOrigin(node.name.text, [name, 'new']);
    }
    const module = packageOf(declaration.getSourceFile().fileName);
    if (module === undefined) return undefined;
    return makeOrigin(module === 'typescript' || module === 'node' ? 'global' : module, [name, 'new']);
  }
}

function makeSubOrigin(specifier: string, steps: readonly string[]): Origin {
  const base = moduleOrigin(specifier);
  return makeOrigin(base.module, [...base.steps, ...steps]);
}

function agree(origins: readonly (Origin | undefined)[]): Origin | undefined {
  const [first] = origins;
  return first !== undefined && origins.every((origin) => origin?.key === first.key) ? first : undefined;
}

function isRequire(node: ts.CallExpression): boolean {
  return ts.isIdentifier(node.expression) && node.expression.text === 'require';
}

const globalObjects: ReadonlySet<string> = new Set(['global', 'globalThis', 'GLOBAL', 'root']);

/** `global`, unless the program has something else of this name. */
function isGlobalObject(program: Program, node: ts.Node): boolean {
  if (!ts.isIdentifier(node) || !globalObjects.has(node.text)) return false;
  const declarations = program.symbolAt(node)?.declarations ?? [];
  // Where Node's types are not there, `global.db = …` itself counts as a declaration.
  return !declarations.some((declaration) => program.owns(declaration) && !ts.isIdentifier(declaration));
}

/** `db` where no such variable is declared, or `db` of `global.db`. */
function isGlobalName(program: Program, identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  if (ts.isPropertyAccessExpression(parent) && parent.name === identifier) return isGlobalObject(program, parent.expression);
  if (ts.isPropertyAssignment(parent)) return false;
  const symbol = program.symbolAt(identifier);
  return symbol === undefined || isHungOnly(symbol) || isEnvironmental(symbol);
}

/** `it.skipIf = …`, where nobody declares `it`: to the checker, the name stands for what is hung on it, in every file. */
function isHungOnly({ declarations = [] }: ts.Symbol): boolean {
  return declarations.length > 0 && declarations.every((one) => ts.isIdentifier(one) && isHolderOfMember(one));
}

function isHolderOfMember(name: ts.Identifier): boolean {
  const { parent } = name;
  const isHeld = ts.isPropertyAccessExpression(parent) && parent.expression === name;
  return isHeld && ts.isBinaryExpression(parent.parent) && parent.parent.left === parent;
}

/** A function or variable that is declared for all modules, and that no module defines. */
function isEnvironmental(symbol: ts.Symbol): boolean {
  const { declarations = [] } = symbol;
  const values = declarations.filter((one) => ts.isVariableDeclaration(one) || ts.isFunctionDeclaration(one));
  return values.length > 0 && values.length === declarations.length && values.every(isDeclaredForAll);
}

function isDeclaredForAll(declaration: ts.Declaration): boolean {
  const isDeclared = (ts.getCombinedModifierFlags(declaration) & ts.ModifierFlags.Ambient) !== 0;
  if (!isDeclared && !declaration.getSourceFile().isDeclarationFile) return false;
  let node: ts.Node = declaration.parent;
  while (!ts.isSourceFile(node) && !ts.isModuleDeclaration(node)) node = node.parent;
  return ts.isSourceFile(node) ? !ts.isExternalModule(node) : (node.flags & ts.NodeFlags.GlobalAugmentation) !== 0;
}

/** A class or constructor named as a type, or for what it holds itself: `Store.prototype`. No call is seen in `Store.call(this)`. */
function isTypeOrMember(use: ts.Expression): boolean {
  const { parent } = use;
  if (ts.isTypeReferenceNode(parent) || ts.isTypeQueryNode(parent)) return true;
  return ts.isPropertyAccessExpression(parent) && parent.expression === use && !['call', 'apply', 'bind'].includes(parent.name.text);
}

/** The name that a module's declaration gives to the whole of it: `export = Stream`. */
function wholeExport(module: ts.ModuleDeclaration): string | undefined {
  const statements = module.body !== undefined && ts.isModuleBlock(module.body) ? module.body.statements : [];
  for (const statement of statements) {
    if (ts.isExportAssignment(statement) && statement.isExportEquals === true && ts.isIdentifier(statement.expression))
      return statement.expression.text;
  }
  return undefined;
}

/** The npm package that a declaration file belongs to; types packages name what they describe. */
function packageOf(fileName: string): string | undefined {
  const match = /^.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(fileName);
  const name = match?.[1];
  if (name === undefined) return /\/lib\.[\w.]*d\.ts$/.test(fileName) ? 'typescript' : undefined;
  if (!name.startsWith('@types/')) return name;
  const described = name.slice('@types/'.length);
  return described.includes('__') ? `@${described.replace('__', '/')}` : described;
}

/** The value that an assignment gives to the identifier, `unknown` for `x += …`, `x++` and patterns; undefined when it is only read. */
function assignedValue(identifier: ts.Identifier): ts.Expression | 'unknown' | undefined {
  let target: ts.Node = identifier;
  if (ts.isPropertyAccessExpression(target.parent) && target.parent.name === target) target = target.parent;
  const { parent } = target;
  if (ts.isBinaryExpression(parent) && parent.left === target) {
    const { kind } = parent.operatorToken;
    if (kind === ts.SyntaxKind.EqualsToken) return parent.right;
    if (kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment) return 'unknown';
    return undefined;
  }
  if ((ts.isPrefixUnaryExpression(parent) || ts.isPostfixUnaryExpression(parent)) && isStep(parent.operator)) return 'unknown';
  if ((ts.isForInStatement(parent) || ts.isForOfStatement(parent)) && parent.initializer === target) return 'unknown';
  return isInAssignmentPattern(target) ? 'unknown' : undefined;
}

function isAssigned(identifier: ts.Identifier): boolean {
  return assignedValue(identifier) !== undefined;
}

function isStep(operator: ts.SyntaxKind): boolean {
  return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
}

function isInAssignmentPattern(node: ts.Node): boolean {
  let current = node;
  while (
    ts.isPropertyAssignment(current.parent) ||
    ts.isShorthandPropertyAssignment(current.parent) ||
    ts.isObjectLiteralExpression(current.parent) ||
    ts.isArrayLiteralExpression(current.parent) ||
    ts.isSpreadElement(current.parent)
  ) {
    if (ts.isPropertyAssignment(current.parent) && current.parent.name === current) return false;
    current = current.parent;
  }
  return (
    current !== node &&
    ts.isBinaryExpression(current.parent) &&
    current.parent.left === current &&
    current.parent.operatorToken.kind === ts.SyntaxKind.EqualsToken
  );
}

function isReassigned(program: Program, symbol: ts.Symbol): boolean {
  return program.references.among(symbol, isAssigned).length > 0;
}

function isDeclarationName(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  if (ts.isPropertyAccessExpression(parent) && parent.name === identifier) {
    return ts.isBinaryExpression(parent.parent) && parent.parent.left === parent;
  }
  return (
    (ts.isFunctionDeclaration(parent) ||
      ts.isFunctionExpression(parent) ||
      ts.isClassLike(parent) ||
      ts.isVariableDeclaration(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isPropertyAssignment(parent) ||
      ts.isBindingElement(parent)) &&
    parent.name === identifier
  );
}

function isModuleBinding(identifier: ts.Identifier): boolean {
  const { parent } = identifier;
  return (
    ts.isImportSpecifier(parent) ||
    ts.isImportClause(parent) ||
    ts.isExportSpecifier(parent) ||
    ts.isNamespaceImport(parent) ||
    ts.isBindingElement(parent)
  );
}

/** `exports.load = load`, `module.exports = load`, `module.exports = { load }`, `export default load`. */
function isExportOf(expression: ts.Expression): boolean {
  let { parent }: { parent: ts.Node } = expression;
  if (ts.isShorthandPropertyAssignment(parent) || ts.isPropertyAssignment(parent)) parent = parent.parent.parent;
  if (ts.isExportAssignment(parent)) return true;
  return ts.isBinaryExpression(parent) && parent.right.end >= expression.end && /^(module\.)?exports\b/.test(parent.left.getText());
}

/** The symbols under which a function is known: its own name, the variable or property it is assigned to. */
function namingSymbols(program: Program, owner: ts.SignatureDeclaration): ts.Symbol[] {
  const named = ts.isConstructorDeclaration(owner) ? owner.parent : owner;
  const names: ts.Node[] = [];
  if (named.name !== undefined) names.push(named.name);
  let value: ts.Node = named;
  while (ts.isParenthesizedExpression(value.parent)) value = value.parent;
  const { parent } = value;
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) names.push(parent.name);
  if (ts.isBinaryExpression(parent) && parent.right === value) {
    names.push(ts.isPropertyAccessExpression(parent.left) ? parent.left.name : parent.left);
  }
  return names.flatMap((name) => program.symbolOf(name) ?? []);
}

/** Uses of a whole module whose `module.exports` is the function. */
function wholeModuleUses(program: Program, declared: ts.SignatureDeclaration): readonly ts.StringLiteralLike[] {
  const owner = ts.isConstructorDeclaration(declared) ? declared.parent : declared;
  const symbol = owner.name && program.symbolOf(owner.name);
  const names: readonly ts.Node[] = symbol === undefined ? [] : program.references.to(symbol);
  const exported = [owner, ...names].some(({ parent }) => ts.isBinaryExpression(parent) && parent.left.getText() === 'module.exports');
  return exported ? program.references.toModule(owner.getSourceFile()) : [];
}

function calleeName(expression: ts.Expression): ts.Node {
  return ts.isPropertyAccessExpression(expression) ? expression.name : expression;
}

function functionOf(program: Program, symbol: ts.Symbol): ts.FunctionLikeDeclaration | undefined {
  for (const declaration of symbol.declarations ?? []) {
    if (ts.isFunctionDeclaration(declaration) || ts.isMethodDeclaration(declaration))
      return declaration.body === undefined ? undefined : declaration;
  }
  const value = program.definitionOf(symbol);
  return value !== undefined && (ts.isArrowFunction(value) || ts.isFunctionExpression(value)) ? value : undefined;
}

function returnedExpressions(body: ts.Block): ts.Expression[] {
  const found: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return;
    if (ts.isReturnStatement(node)) {
      if (node.expression !== undefined) found.push(node.expression);
    }
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return found;
}
