/** Clients that come in a promise made by hand, or travel with a request: `request.db` that a middleware set, `app.locals.db`, `request.getConnection` of a middleware's package. */

import { ts } from 'ts-morph';
import { clientMiddleware, sqlDrivers } from '../../catalog/sql-drivers.ts';
import type { Origin } from '../../engine/program/origin.ts';
import type { Program } from '../../engine/program/program.ts';
import type { References } from '../../engine/program/references.ts';
import { isMadePromise, originOfLed } from './led.ts';
import { unwrap } from './unwrap.ts';

/** What a handler is given by `app.get(…)`, `router.use(…)`, and a member of it or of its locals. */
const carried = /^express\b.*\(cb0\)\.(?:app\.)?(?:locals\.)?(\w+)((?:\.|\().*)?$/;
const ofApplication = /^express\(\)\.locals\.(\w+)((?:\.|\().*)?$/;

/** A promise that is made by hand, and what a handler of it is given: `deferred.promise.then(cb0)`, and a member of that. */
const deferred = /^(q\.defer\(\)|when\.defer\(\)|bluebird\.defer\(\))\.promise(?:\.(?:then|done)\(cb0\))?((?:\.|\().*)$/;

/** A setting of the application, and a member of it: `request.app.get('mysql').pool`. */
const setting = /^express\b(?:.*\(cb0\)\.app|\(\))\.get\(\)((?:\.|\().+)$/;

/** The origin of an expression, led on through what was put on the request or the application, if all that is put there agrees. */
export function originOfCarried(program: Program, expression: ts.Expression): Pick<Origin, 'key' | 'module'> | undefined {
  const origin = program.originOf(expression);
  if (origin === undefined || isMadePromise(origin.key)) return originOfLed(program, expression);
  const [, maker, member = ''] = deferred.exec(origin.key) ?? [];
  if (maker !== undefined) return resolvedWith(program, maker, member) ?? origin;
  const [, ofSetting] = setting.exec(origin.key) ?? [];
  if (ofSetting !== undefined) return settingWith(program, ofSetting) ?? origin;
  const [, name, rest = ''] = carried.exec(origin.key) ?? ofApplication.exec(origin.key) ?? [];
  if (name === undefined) return origin;
  const key = assignedTo(program, name) ?? fromMiddleware(program, name, rest);
  return key === undefined ? origin : { key: key.base + key.rest(rest), module: moduleOf(key.base) };
}

function moduleOf(key: string): string {
  return /^(?:@[^/]+\/)?[^/.(]+/.exec(key)?.[0] ?? key;
}

/** `deferred.resolve(db)`: what such promises come to, if all that the program makes come to the same. */
function resolvedWith(program: Program, maker: string, rest: string): Pick<Origin, 'key' | 'module'> | undefined {
  const keys = new Set<string | undefined>();
  for (const identifier of program.references.named('resolve')) {
    const target = identifier.parent;
    if (!ts.isPropertyAccessExpression(target) || target.name !== identifier) continue;
    if (program.originOf(target.expression)?.key !== maker) continue;
    const given = ts.isCallExpression(target.parent) && target.parent.expression === target ? target.parent.arguments[0] : undefined;
    // Handed on, as a callback, it is called with what cannot be seen here.
    keys.add(given && program.originOf(given)?.key);
  }
  const [only] = keys;
  return keys.size === 1 && only !== undefined ? { key: only + rest, module: moduleOf(only) } : undefined;
}

const driverModules: ReadonlySet<string> = new Set(sqlDrivers.flatMap(({ receivers }) => receivers.map((receiver) => moduleOf(receiver))));

/** `app.set('mysql', require('./db'))`: of the clients that are given to settings, the only one that has the member. */
function settingWith(program: Program, rest: string): Pick<Origin, 'key' | 'module'> | undefined {
  const keys = new Set<string>();
  for (const identifier of program.references.named('set')) {
    const target = identifier.parent;
    if (!ts.isPropertyAccessExpression(target) || target.name !== identifier || !ts.isCallExpression(target.parent)) continue;
    const [, value] = target.parent.arguments;
    if (value === undefined || target.parent.arguments.length !== 2 || program.originOf(target.expression)?.key !== 'express()') continue;
    const inner = unwrap(value);
    if (ts.isStringLiteralLike(inner) || ts.isNumericLiteral(inner)) continue;
    const led = originOfMember(program, value, rest);
    if (led !== undefined && driverModules.has(moduleOf(led))) keys.add(led);
  }
  const [only] = keys;
  return keys.size === 1 && only !== undefined ? { key: only, module: moduleOf(only) } : undefined;
}

/** What a member of the value is: of a client, or of a module of the program that exports one. */
function originOfMember(program: Program, value: ts.Expression, rest: string): string | undefined {
  const own = program.originOf(value)?.key;
  if (own !== undefined) return own + rest;
  const [, name, behind] = /^\.(\w+)(.*)$/.exec(rest) ?? [];
  const member = name && program.checker.getPropertyOfType(program.checker.getTypeAtLocation(value), name);
  const definition = member && program.definitionOf(member);
  const key = definition && program.originOf(definition)?.key;
  return key === undefined || key === '' ? undefined : key + (behind ?? '');
}

interface Lead {
  readonly base: string;
  readonly rest: (rest: string) => string;
}

/** `request.db = pool`, `app.locals.db = pool` */
function assignedTo(program: Program, name: string): Lead | undefined {
  const keys = new Set<string | undefined>();
  for (const identifier of program.references.named(name)) {
    const target = identifier.parent;
    if (!ts.isPropertyAccessExpression(target) || target.name !== identifier) continue;
    const assignment = target.parent;
    const assigns =
      ts.isBinaryExpression(assignment) && assignment.left === target && assignment.operatorToken.kind === ts.SyntaxKind.EqualsToken;
    if (!assigns) continue;
    const holder = program.originOf(target.expression)?.key ?? '';
    if (/^express\b.*\(cb0\)(?:\.app)?(?:\.locals)?$/.test(holder) || holder === 'express().locals') {
      keys.add(program.originOf(assignment.right)?.key);
    }
  }
  const [only] = keys;
  return keys.size === 1 && only !== undefined ? { base: only, rest: (rest) => rest } : undefined;
}

const installed = new WeakMap<References, ReadonlySet<string>>();

function fromMiddleware(program: Program, name: string, rest: string): Lead | undefined {
  const row = clientMiddleware.find(({ method }) => method === name);
  if (row === undefined || !rest.startsWith('(cb1)') || !clientsGiven(program).has(row.module)) return undefined;
  return { base: row.receiver, rest: (whole) => whole.slice('(cb1)'.length) };
}

/** The packages that the program gives the driver's module to: `connection(mysql, options, 'pool')`. */
function clientsGiven(program: Program): ReadonlySet<string> {
  const known = installed.get(program.references);
  if (known !== undefined) return known;
  const found = new Set<string>();
  installed.set(program.references, found);
  for (const file of program.files) {
    if (!clientMiddleware.some(({ module }) => file.text.includes(module))) continue;
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node)) {
        const [driver] = node.arguments;
        const row = clientMiddleware.find(({ module }) => program.originOf(node.expression)?.key === module);
        if (row !== undefined && driver !== undefined && program.originOf(driver)?.key === row.driver) found.add(row.module);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return found;
}
