/** Listeners of events that come once, such as `'close'`: whether something may rely on one of them having finished. */

import { ts } from 'ts-morph';
import { listenerMethods, singleEmitters, singleEvents } from '../../catalog/callback-roles.ts';
import { originPattern } from '../../catalog/origin-pattern.ts';
import type { Program } from '../program/program.ts';

const emitterPattern = originPattern(singleEmitters.emitters);

export class SingleEvents {
  readonly #program: Program;
  #emitted: ReadonlySet<string> | undefined;

  constructor(program: Program) {
    this.#program = program;
  }

  /**
   * @param call `emitter.on('close', listener)`
   * @returns `alone` when nobody else listens to this event of Node's, or to a later one; `single` when it comes once, to a listener
   * besides which there may be others; `undefined` when the program may emit it itself, and go on
   */
  standing(call: ts.CallExpression): 'alone' | 'single' | undefined {
    const event = eventOf(call);
    if (event === undefined || !singleEvents.has(event) || !ts.isPropertyAccessExpression(call.expression)) return undefined;
    const emitter = call.expression.expression;
    const key = this.#program.originOf(emitter)?.key;
    if (key === 'global.process' || key === 'process') return undefined;
    if (key !== undefined && emitterPattern.test(key) && this.#isAlone(call, event, emitter)) return 'alone';
    this.#emitted ??= this.#emittedNames();
    return this.#emitted.has(event) ? undefined : 'single';
  }

  /** Held by one name, by which nobody else listens to what comes at the same time or later. */
  #isAlone(call: ts.CallExpression, event: string, emitter: ts.Expression): boolean {
    const symbol = ts.isIdentifier(emitter) ? this.#program.symbolOf(emitter) : undefined;
    if (symbol === undefined) return false;
    return this.#program.references.to(symbol).every((identifier) => {
      const access = identifier.parent;
      if (!ts.isPropertyAccessExpression(access) || access.expression !== identifier || !listenerMethods.has(access.name.text)) return true;
      const other = access.parent;
      if (!ts.isCallExpression(other) || other.expression !== access) return false;
      const beside = eventOf(other);
      // Behind this one in a chain the emitter is listened to without its name.
      const isChained = ts.isPropertyAccessExpression(other.parent) && other.parent.expression === other;
      return !isChained && (other === call || (beside !== undefined && beside !== event && singleEmitters.before.has(beside)));
    });
  }

  /** Names of events that the program emits itself. */
  #emittedNames(): ReadonlySet<string> {
    const names = new Set<string>();
    for (const identifier of this.#program.references.named('emit')) {
      const access = identifier.parent;
      if (!ts.isPropertyAccessExpression(access) || access.name !== identifier || !ts.isCallExpression(access.parent)) continue;
      const name = eventOf(access.parent);
      if (name !== undefined) names.add(name);
    }
    return names;
  }
}

function eventOf(call: ts.CallExpression): string | undefined {
  const [name] = call.arguments;
  return name !== undefined && ts.isStringLiteralLike(name) ? name.text : undefined;
}
