/** Which database a builder of queries talks to: `knex({ client: 'pg' })`, `new Sequelize({ dialect: 'mysql' })`. */

import { ts } from 'ts-morph';
import type { Databases, SqlDriver } from '../../catalog/sql-drivers.ts';
import type { Program } from '../../engine/program/program.ts';
import type { References } from '../../engine/program/references.ts';
import { constantText } from './constants.ts';
import { propertyNamed } from './properties.ts';
import { unwrap } from './unwrap.ts';

const known = new WeakMap<References, Map<Databases, string | undefined>>();

/** The driver as it is with the program's database; as it is when all that the program makes does not agree on one. */
export function withDatabase(program: Program, driver: SqlDriver): SqlDriver {
  const { databases } = driver;
  if (databases === undefined) return driver;
  const names = known.get(program.references) ?? new Map<Databases, string | undefined>();
  known.set(program.references, names);
  if (!names.has(databases)) names.set(databases, nameOf(program, databases));
  const facts = databases.names[names.get(databases) ?? ''];
  if (facts === undefined) return driver;
  const { byHand: _byHand, ...rest } = driver;
  return { ...rest, ...facts };
}

function nameOf(program: Program, databases: Databases): string | undefined {
  const dialects = new Map<string, string>();
  for (const call of makersIn(program, databases)) {
    const named = (call.arguments ?? []).flatMap((argument) => namesGiven(program, argument, databases));
    // What a maker is told elsewhere may be another database.
    if (named.length === 0) return undefined;
    for (const name of named) {
      const facts = databases.names[name];
      if (facts === undefined) return undefined;
      dialects.set(`${facts.dialect} ${facts.binding.numbers}`, name);
    }
  }
  const [only] = dialects.values();
  return dialects.size === 1 ? only : undefined;
}

function makersIn(program: Program, { makers }: Databases): readonly (ts.CallExpression | ts.NewExpression)[] {
  const found: (ts.CallExpression | ts.NewExpression)[] = [];
  const packages = new Set(makers.map((maker) => /^(?:@[^/]+\/)?[^.(]+/.exec(maker)?.[0] ?? maker));
  for (const file of program.files) {
    if (![...packages].some((name) => file.text.includes(name))) continue;
    const visit = (node: ts.Node): void => {
      if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && (node.arguments?.length ?? 0) > 0) {
        const origin = program.originOf(node.expression)?.key;
        if (origin !== undefined && makers.includes(`${origin}${ts.isNewExpression(node) ? '.new' : '()'}`)) found.push(node);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return found;
}

/** The databases that an argument may name: in an object, in a file of settings, or as the scheme of an address. */
function namesGiven(program: Program, argument: ts.Expression, databases: Databases): readonly string[] {
  const inner = unwrap(argument);
  const address = /^(\w+):\/\//.exec(constantText(program, inner) ?? '')?.[1];
  if (address !== undefined) return [address];
  if (ts.isObjectLiteralExpression(inner)) return namesIn(program, inner, databases);
  const symbol = ts.isIdentifier(inner) || ts.isPropertyAccessExpression(inner) ? program.symbolOf(inner) : undefined;
  const definition = symbol && program.definitionOf(symbol);
  const object = definition && unwrap(definition);
  if (object !== undefined && ts.isObjectLiteralExpression(object)) return namesIn(program, object, databases);
  const file = fileOfSettings(program, definition ?? inner);
  return file === undefined ? [] : allNamesIn(program, file, databases);
}

function namesIn(program: Program, object: ts.ObjectLiteralExpression, { option }: Databases): readonly string[] {
  const value = propertyNamed(object, option);
  const name = value && constantText(program, value);
  return name === undefined ? [] : [name];
}

/** `require('./knexfile')[environment]`, `config.development` */
function fileOfSettings(program: Program, expression: ts.Expression): ts.SourceFile | undefined {
  let inner = unwrap(expression);
  while (ts.isElementAccessExpression(inner) || ts.isPropertyAccessExpression(inner)) inner = unwrap(inner.expression);
  const name = ts.isCallExpression(inner) ? inner.arguments[0] : inner;
  const symbol = name && (ts.isStringLiteralLike(name) ? program.checker.getSymbolAtLocation(name) : program.symbolOf(name));
  const file = symbol?.declarations?.[0]?.getSourceFile();
  return file !== undefined && file !== expression.getSourceFile() && program.owns(file) ? file : undefined;
}

function allNamesIn(program: Program, file: ts.SourceFile, databases: Databases): readonly string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isObjectLiteralExpression(node)) found.push(...namesIn(program, node, databases));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
