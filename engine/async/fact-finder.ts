/** Reads off the uses of a function what making it async takes. */

import { ts } from 'ts-morph';
import type { AskingTask } from '../../catalog/asking-tasks.ts';
import type { RootRow } from '../../catalog/roots.ts';
import type { ChainLink, Edit, Reason } from '../finding.ts';
import { handedModule } from '../program/handed-modules.ts';
import { placeOf } from '../program/place.ts';
import type { Program } from '../program/program.ts';
import { indentationAt } from '../source/indentation.ts';
import type { TransformOptions } from '../transform.ts';
import { awaitContextOf } from './await-context.ts';
import type { CallGraph, Use } from './call-graph.ts';
import { askingTaskPlan } from './asking-task.ts';
import { callbackUse } from './callback-api.ts';
import { callbackStyle } from './callback-style.ts';
import { callbackPlan, callbackRootPlan, executorPlan, type CallbackRootPlan } from './callback-root.ts';
import { Arrays } from './arrays.ts';
import { assertionOf, isBlindToAsync } from './assertions.ts';
import type { Facts, FunctionForm, Obstacle } from './facts.ts';
import { asksForCallback, frameworkMethod } from './framework-methods.ts';
import { isAwaitedMember } from './implemented-members.ts';
import { hasPrototype, isConstructorFunction } from './constructor-function.ts';
import { refusesPromise, signatureTypeEdits } from './function-edits.ts';
import {
  argumentOf,
  calleeText,
  functionName,
  isAsync,
  isFunctionNode,
  isGenerator,
  outermost,
  shortText,
  unwrapped,
  type FunctionNode,
} from './functions.ts';
import { ofArray, ofCollection, type Iteration } from './iterated.ts';
import { enclosing } from './loop-places.ts';
import { loopPlan, type LoopPlan } from './loops.ts';
import { isInvokedInPlace, type ModuleLoading } from './module-loading.ts';
import { aliasedPrototype } from './mixins.ts';
import { nextPlan } from './next-handler.ts';
import type { PassingOn, RootPlace } from './passing-on.ts';
import { mayBeAwaited, PromiseReturns, returnedBy } from './promise-returning.ts';
import { PromiseUses } from './promise-uses.ts';
import { answerEdits } from './returned-answer.ts';
import { relianceOn } from './run-in-call.ts';
import { type ArgumentRole, type Call, frameworkTooOld, exportedRoot, impatientRunner, isDecoratedRoot, roleOfArgument } from './roles.ts';
import { catchAtTopLevel, type ScriptBodies } from './script-body.ts';
import { SingleEvents } from './single-events.ts';

/** Names by which the language, Node and libraries call a method and use its result at once. */
const protocols = new Set(['toString', 'toJSON', 'valueOf', 'toLocaleString', 'inspect', 'then', 'constructor']);

export class FactFinder {
  readonly #program: Program;
  readonly #options: TransformOptions;
  readonly #graph: CallGraph;
  readonly #loading: ModuleLoading;
  readonly #arrays: Arrays;
  readonly #promises: PromiseUses;
  readonly #returns: PromiseReturns;
  readonly #wrapsCallbackRoots: boolean;
  readonly #singleEvents: SingleEvents;
  readonly #scripts: ScriptBodies;
  readonly #passing: PassingOn;
  readonly #signatures = new Set<ts.Declaration>();
  /** The function that is looked at, where it is not written as an argument: it needs no second link. */
  #current: FunctionNode | undefined;

  constructor(
    program: Program,
    options: TransformOptions,
    graph: CallGraph,
    scripts: ScriptBodies,
    passing: PassingOn,
    wrapsCallbackRoots: boolean,
  ) {
    this.#program = program;
    this.#options = options;
    this.#graph = graph;
    this.#loading = graph.loading;
    this.#scripts = scripts;
    this.#passing = passing;
    this.#arrays = new Arrays(program, graph);
    this.#promises = new PromiseUses(program, graph);
    this.#returns = new PromiseReturns(program, graph);
    this.#wrapsCallbackRoots = wrapsCallbackRoots;
    this.#singleEvents = new SingleEvents(program);
  }

  of(fn: FunctionNode): Facts {
    this.#current = isArgument(fn) ? undefined : fn;
    const facts = this.#collected(fn);
    return (facts.obstacle?.code === 'escapes' ? (this.#toldByCallback(facts, facts.obstacle) ?? facts) : facts).finished();
  }

  /**
   * What it takes to make the function wait without those who call it: it may be enough that it calls back.
   * @param at a call whose caller cannot wait
   */
  withoutCallers(fn: FunctionNode, at: ts.Node): Facts | undefined {
    return this.#calledBack(fn, `it is called by what cannot wait (${placeOf(this.#program, at)})`)?.finished();
  }

  /** Where its calls cannot be seen, it may be enough that it calls back. */
  #toldByCallback({ fn }: FactCollector, { what, self }: Obstacle): FactCollector | undefined {
    return self === undefined ? this.#calledBack(fn, what) : undefined;
  }

  #calledBack(fn: FunctionNode, what: string): FactCollector | undefined {
    if (!this.#wrapsCallbackRoots || this.#returns.of(fn) !== 'value' || this.#ownObstacle(fn) !== undefined) return undefined;
    const style = callbackStyle(this.#program, fn, this.#graph.usesOf(fn));
    if (style === undefined) return undefined;
    const facts = new FactCollector(fn);
    facts.form = 'wrapped';
    facts.rooted = true;
    facts.edits.push(...style.plan.edits);
    const name = functionName(fn);
    facts.hazard = {
      code: 'escapes',
      message: `${what.replace(/^it /, `\`${name}\` `)}: whoever calls it there is told by \`${style.callback}\` that it has finished, and does not wait for it otherwise.`,
      help: `Check that what follows such a call relies on nothing but \`${style.callback}\`, and what becomes of a failure.`,
    };
    return facts;
  }

  #collected(fn: FunctionNode): FactCollector {
    const facts = new FactCollector(fn);
    facts.obstacle = this.#ownObstacle(fn);
    facts.obstacle ??= this.#returnObstacle(facts);
    if (facts.obstacle === undefined) {
      const uses = this.#graph.usesOf(fn);
      const method = frameworkMethod(this.#program, fn);
      if (method?.kind === 'step' && asksForCallback(method, fn)) {
        facts.obstacle = this.#obstacle(fn, {
          code: 'barrier',
          what: `it asks ${method.row.framework} for a callback by \`${method.row.asks}()\` (${placeOf(this.#program, fn)}), beside which a promise is passed over`,
          help: `Leave \`${method.row.asks}()\` out, and return a promise of what it waits for.`,
        });
      } else if (isDecoratedRoot(this.#program, fn) || isAwaitedMember(this.#program, fn) || method?.kind === 'step') {
        facts.rooted = true;
      } else if (isMember(this.#program, fn) && !uses.some(mayCall)) {
        facts.obstacle = this.#obstacle(fn, {
          code: 'escapes',
          what: `no call of it can be seen in the program (${placeOf(this.#program, fn)})`,
          help: 'See who calls it, and whether they can await it.',
        });
      }
      const construct = uses.find(({ kind }) => kind === 'construct');
      if (isConstructorFunction(fn) && construct === undefined && !isCalledPlainly(fn, uses)) facts.obstacle = this.#ofConstructor(fn);
      // Wherever else it goes, that is what stands in the way.
      if (construct !== undefined) this.#use(facts, construct);
      for (const use of facts.obstacle === undefined ? uses : []) {
        this.#use(facts, use);
        if (facts.obstacle !== undefined) break;
      }
      const test = facts.form === 'async' || facts.form === 'next' ? facts.blindTest : undefined;
      if (test !== undefined) {
        facts.obstacle ??= this.#obstacle(test, {
          code: 'barrier',
          what: `it is tested by \`${calleeText(test)}\` (${placeOf(this.#program, test)}), which takes an async function for none in the version here`,
          help: "Write `typeof … === 'function'` there, or take a newer version of the library.",
        });
      }
      if (
        (facts.form === 'next' || facts.form === 'wrapped' || facts.withoutCallback) &&
        facts.awaited.size > 0 &&
        facts.obstacle === undefined
      ) {
        const [call] = facts.awaited;
        const what = facts.form === 'next' ? 'an Express handler' : 'a function that a framework gives a callback';
        facts.obstacle = this.#obstacle(call ?? fn, {
          code: 'control-flow',
          what: `it is both ${what} and called as a function at ${placeOf(this.#program, call ?? fn)}`,
          help: 'Give the framework a function of its own, which calls this one.',
        });
      }
    }
    return facts;
  }

  /** Nothing in the program constructs it, but that is what it is written for. */
  #ofConstructor(fn: FunctionNode): Obstacle {
    return {
      code: 'barrier',
      self: `the constructor \`${functionName(fn)}\` (${placeOf(this.#program, fn)})`,
      what: 'cannot wait',
      help: 'Move the call into a function that makes the object when it has waited.',
    };
  }

  /** What the function is, whoever calls it. */
  #ownObstacle(fn: FunctionNode): Obstacle | undefined {
    const name = functionName(fn);
    const self = (subject: string, what: string, help: string): Obstacle => ({
      code: 'barrier',
      self: `${subject} (${placeOf(this.#program, fn)})`,
      what,
      help,
    });
    if (ts.isConstructorDeclaration(fn)) {
      const type = name.replace(/^constructor of /, '');
      return self(`the constructor of \`${type}\``, 'cannot wait', `Move the call into an async \`${type}.create()\`.`);
    }
    if (ts.isGetAccessorDeclaration(fn)) {
      return self(`the getter \`${name.replace(/^getter /, '')}\``, 'cannot wait', 'Turn the getter into an async method.');
    }
    if (ts.isSetAccessorDeclaration(fn)) {
      return self(`the setter \`${name.replace(/^setter /, '')}\``, 'cannot wait', 'Turn the setter into an async method.');
    }
    if (isGenerator(fn)) {
      return self(`the generator \`${name}\``, 'cannot wait', 'Turn it into an async generator, and its loops into `for await`.');
    }
    const loader = handedModule(this.#program, fn);
    if (loader !== undefined) {
      return {
        ...self(
          `the function that \`${this.#program.pathOf(fn)}\` exports`,
          `is called by ${loader.framework} when it loads the file, and what it sets up is to be there when it returns`,
          'Leave it, or move the call into a task.',
        ),
        code: 'startup-code',
      };
    }
    const decorator = this.#foreignDecorator(fn);
    if (decorator !== undefined) {
      return {
        ...self(`\`${name}\``, `is handed to the decorator \`${decorator}\``, 'Check by hand that it copes with a promise.'),
        code: 'escapes',
      };
    }
    const member = memberKey(fn);
    if (member !== undefined && (protocols.has(member) || member.startsWith('[Symbol.'))) {
      return self(`\`${name}\``, 'is called by the language, which takes what it returns', 'Load what it needs beforehand.');
    }
    if (/Sync(?:Recursive)?$|(^|\.)sync$/.test(name)) {
      return self(`\`${name}\``, 'promises by its name to be synchronous', 'Write an asynchronous one beside it, and call that.');
    }
    if (refusesPromise(fn)) return self(`\`${name}\``, 'returns a type guard or `this`', 'Separate the waiting from the check.');
    const typed = this.#sharedType(fn);
    if (typed !== undefined) {
      return self(
        `\`${name}\``,
        `has the type \`${shortText(typed)}\`, which says what it returns`,
        'Let the type return a promise, and see who else has it.',
      );
    }
    if (namesAwait(fn)) return { ...self(`\`${name}\``, 'uses `await` as a name', 'Rename it.'), code: 'control-flow' };
    return undefined;
  }

  /** `const read: Reader = …`, `{ read: … }` where an interface says `read: Reader`: what others have the type for is not known. */
  #sharedType(fn: FunctionNode): ts.TypeNode | undefined {
    if (!/\.[cm]?tsx?$/.test(fn.getSourceFile().fileName) || (!ts.isArrowFunction(fn) && !ts.isFunctionExpression(fn))) return undefined;
    const { parent } = outermost(fn);
    let type: ts.TypeNode | undefined;
    if (ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent)) type = parent.type;
    else if (ts.isPropertyAssignment(parent)) {
      const holder = this.#program.checker.getContextualType(parent.parent);
      const declaration = holder?.getProperty(parent.name.getText())?.valueDeclaration;
      if (declaration !== undefined && ts.isPropertySignature(declaration)) type = declaration.type;
    }
    if (type === undefined || ts.isFunctionTypeNode(type)) return undefined;
    const [signature] = this.#program.checker.getTypeFromTypeNode(type).getCallSignatures();
    const returned = signature?.getReturnType();
    if (returned === undefined || (returned.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown | ts.TypeFlags.Void)) !== 0) return undefined;
    return returned.getProperty('then') === undefined ? type : undefined;
  }

  /** A function that returns a promise already is awaited, or not, by whoever calls it. */
  #returnObstacle(facts: FactCollector): Obstacle | undefined {
    const { fn } = facts;
    const returns = this.#returns.of(fn);
    if (returns === 'value') return undefined;
    facts.returnsPromise = true;
    if (returns === 'promise') return undefined;
    const other = this.#promises.otherThanWaiting(fn);
    if (other === undefined) return undefined;
    const what =
      returns === 'mixed'
        ? `returns now a promise and now a value`
        : 'returns a promise that may have methods which the promise of an async function has not';
    return {
      code: 'control-flow',
      self: `\`${functionName(fn)}\` (${placeOf(this.#program, fn)})`,
      what,
      help: `Make it async by hand, and see what ${other === fn ? 'its callers do' : `${placeOf(this.#program, other)} does`} with the promise.`,
    };
  }

  /** Nest awaits what the methods of controllers return; of other decorators nothing is known. */
  #foreignDecorator(fn: FunctionNode): string | undefined {
    const decorators = ts.canHaveDecorators(fn) ? (ts.getDecorators(fn) ?? []) : [];
    const foreign = decorators.find(({ expression }) => {
      const origin = this.#program.originOf(expression);
      return !origin?.module.startsWith('@nestjs/');
    });
    return foreign && shortText(foreign);
  }

  #use(facts: FactCollector, use: Use): void {
    switch (use.kind) {
      case 'call':
      case 'applied':
        this.#called(facts, use.call);
        break;
      case 'construct':
        facts.obstacle = this.#obstacle(use.call, {
          code: 'barrier',
          what: `it is called with \`new\` at ${placeOf(this.#program, use.call)}`,
          help: 'Move the waiting into an async function that makes the object.',
        });
        break;
      case 'argument':
        this.#argument(facts, roleOfArgument(this.#program, use.call, use.index, use.option), use.node);
        break;
      case 'public': {
        const row = exportedRoot(this.#program, use.node.getSourceFile());
        if (row !== undefined) {
          this.#root(facts, { kind: 'exported', row }, use.node);
          break;
        }
        if (this.#options.publicApi === 'keep') {
          facts.obstacle = this.#obstacle(use.node, {
            code: 'public-api',
            what: `it can be called from outside, through what ${placeOf(this.#program, use.node)} exports`,
            help: 'Run again with --public-api=change if its users can await it.',
          });
        } else if (isLambdaHandler(facts.fn)) {
          this.#lambdaHandler(facts, use.node);
        }
        break;
      }
      case 'family':
        this.#family(facts, use.node, use.member);
        break;
      case 'override':
        if (frameworkMethod(this.#program, facts.fn) !== undefined || isAwaitedMember(this.#program, facts.fn)) break;
        facts.obstacle = this.#obstacle(use.node, {
          code: 'barrier',
          what: `it stands in for a member of \`${use.of}\`, whose callers are not in the program`,
          help: 'Do the waiting elsewhere.',
        });
        break;
      case 'escape':
        if (use.among === 'event') {
          this.#eventProp(facts, use.node);
          break;
        }
        if (use.among === 'loader' || use.among === 'loaded') {
          this.#loadedPerhaps(facts, use.node, use.how, use.among === 'loaded');
          break;
        }
        if (use.among === 'several') break;
        if (use.among === 'perhaps') {
          this.#reachedPerhaps(facts, use.node);
          break;
        }
        if (use.call !== undefined && mayBeAwaited(this.#program, use.call)) {
          // Awaiting what is no promise does no harm: the call is awaited as if it were the function's.
          this.#called(facts, use.call);
          if (use.among === 'name') this.#calledPerhaps(facts, use.call);
          break;
        }
        // It gives nothing, of which nothing could be asked.
        if (use.among === 'name' && use.call !== undefined && isAskedFor(use.call) && returnedBy(facts.fn).length === 0) break;
        facts.obstacle =
          this.#ofRunner(use.node) ??
          this.#obstacle(use.node, {
            code: isLoaderHook(use.node) || isOwnResult(use.node, facts.fn) ? 'barrier' : 'escapes',
            what: `it ${use.how} (${placeOf(this.#program, use.node)})`,
            ...(ts.isPropertyAccessExpression(use.node) && { name: `\`${shortText(use.node)}\`` }),
            help: 'Call the function by its name where its calls can be seen.',
          });
        break;
      case 'bound':
      case 'binding':
        break;
    }
  }

  /** It is a member of an object that a test runner is handed, which calls it and goes on. */
  #ofRunner(node: ts.Node): Obstacle | undefined {
    const argument = ts.isExpression(node) ? argumentOf(node) : undefined;
    const runner = argument && impatientRunner(this.#program, argument.call);
    if (runner === undefined) return undefined;
    return this.#obstacle(node, {
      code: 'barrier',
      what: `it is called by ${runner} (${placeOf(this.#program, node)}), which takes no promise`,
      help: 'Let a test runner that waits for promises run it.',
    });
  }

  #called(facts: FactCollector, call: ts.CallExpression): void {
    if (continuesOptionalChain(call)) {
      facts.obstacle = this.#obstacle(call, {
        code: 'control-flow',
        what: `it is called at ${placeOf(this.#program, call)}, in the middle of an optional chain`,
        help: 'Take the result into a variable first.',
      });
      return;
    }
    if (facts.returnsPromise) {
      this.#calledForItsPromise(facts, call);
      return;
    }
    const context = awaitContextOf(call);
    switch (context.kind) {
      case 'function':
        facts.awaited.add(call);
        if (!isAsync(context.fn)) facts.require(context.fn, call);
        break;
      case 'barrier':
        facts.obstacle = this.#obstacle(context.node, {
          code: 'barrier',
          what: `it is called in ${context.what} (${placeOf(this.#program, context.node)})`,
          help: context.help,
          name: context.what,
        });
        break;
      case 'module':
        this.#calledAtTopLevel(facts, call);
        break;
    }
  }

  /** What is done with the event, such as preventing what comes of it, must be done at once. */
  #eventProp(facts: FactCollector, node: ts.Node): void {
    if (facts.fn.parameters.length > 0) {
      facts.obstacle = this.#obstacle(node, {
        code: 'barrier',
        what: `it is given an event (${placeOf(this.#program, node)}), which is over when it has waited`,
        help: 'Do with the event what must be done, then start a function that waits, with a handler for its failure.',
      });
    } else if (facts.form === 'next') {
      facts.obstacle = this.#mixedRoots(node);
    } else {
      facts.rooted = true;
    }
  }

  #loadedPerhaps(facts: FactCollector, node: ts.Node, how: string, isFollowed: boolean): void {
    const place = placeOf(this.#program, node);
    const name = functionName(facts.fn);
    facts.hazard ??= isFollowed
      ? {
          code: 'escapes',
          message: `\`${name}\` ${how} (${place}): its calls are those by its name on objects that nobody knows.`,
          help: 'Check that all of its calls are awaited, those by a computed key included.',
        }
      : {
          code: 'escapes',
          message: `\`${name}\` ${how} (${place}), whose path cannot be followed.`,
          help: 'Check that it loads the files of others, such as plug-ins and configurations, and not this one.',
        };
  }

  #reachedPerhaps(facts: FactCollector, node: ts.Node): void {
    facts.hazard ??= {
      code: 'escapes',
      message: `\`${shortText(node)}\` (${placeOf(this.#program, node)}) may be \`${functionName(facts.fn)}\`, or another function of that name: its calls are awaited in either case.`,
      help: 'Check what the object is, and that its function gives no promise that the code around uses as such.',
    };
  }

  #calledPerhaps(facts: FactCollector, call: ts.CallExpression): void {
    facts.hazard ??= {
      code: 'escapes',
      message: `\`${calleeText(call)}\` (${placeOf(this.#program, call)}) may call \`${functionName(facts.fn)}\`, or another function of that name: it is awaited in either case.`,
      help: 'Check what the object is, and that the result of the call is no promise that the code around it uses as such.',
    };
  }

  /** What it threw before its first wait reached the caller at once; now it rejects the promise. */
  #calledForItsPromise(facts: FactCollector, call: ts.CallExpression): void {
    if (this.#promises.isHandedOn(call)) return;
    if (ts.isExpressionStatement(outermost(call).parent) && mayGiveNothing(facts.fn)) {
      facts.obstacle = this.#obstacle(call, {
        code: 'control-flow',
        what: `it gives a promise now and nothing then, and is called at ${placeOf(this.#program, call)} for what it does at once`,
        help: 'Make two functions of it, one of which gives a promise always, and wait for that.',
      });
      return;
    }
    facts.hazard ??= {
      code: 'control-flow',
      message: `What \`${functionName(facts.fn)}\` does and throws at once, before it returns its promise, would come later for the call at ${placeOf(this.#program, call)}.`,
      help: 'Check that the caller handles the rejection, and relies on nothing that the call did at once.',
    };
  }

  #calledAtTopLevel(facts: FactCollector, call: ts.CallExpression): void {
    const file = call.getSourceFile();
    const main = this.#loading.isScriptMain(call, this.#options.includeStartup);
    if (this.#loading.supportsTopLevelAwait(file) && (main || this.#options.includeStartup)) {
      facts.awaited.add(call);
      return;
    }
    if (main) {
      facts.hazard ??= this.#scripts.hazardOfLoading(file);
      facts.edits.push(this.#catchAtTopLevel(call));
      const named = isInvokedInPlace(call) ? functionName(facts.fn) : calleeText(call);
      facts.notes.push(`A failure of \`${named}\` is reported and ends the process with code 1, as before.`);
      return;
    }
    if (this.#maySuspend(file)) {
      facts.awaited.add(call);
      facts.scripts.add(call);
      return;
    }
    facts.obstacle = this.#startupObstacle(call);
  }

  /** A script that waits inside of a function of its own. */
  #maySuspend(file: ts.SourceFile): boolean {
    return this.#options.includeStartup && this.#wrapsCallbackRoots && this.#scripts.mayWait(file);
  }

  #startupObstacle(call: ts.CallExpression): Obstacle {
    const place = placeOf(this.#program, call);
    return this.#obstacle(call, {
      code: 'startup-code',
      what: isInvokedInPlace(call) ? `it runs once, while ${place} loads` : `it is called at ${place} while the module loads`,
      help: this.#options.includeStartup
        ? 'A CommonJS module cannot wait while it loads: move the code into an async function that the program awaits when it starts.'
        : 'Leave it, or run again with --include-startup.',
      name: `the top level of ${this.#program.pathOf(call)}`,
    });
  }

  #catchAtTopLevel(call: ts.CallExpression): Edit {
    const file = call.getSourceFile();
    const text = catchAtTopLevel(file, indentationAt(file, call.getStart()));
    return { kind: 'replace', path: this.#program.pathOf(file), start: call.end, end: call.end, text };
  }

  #argument(facts: FactCollector, role: ArgumentRole, node: ts.Expression): void {
    const place = placeOf(this.#program, node);
    switch (role.kind) {
      case 'root':
        this.#root(facts, role, node);
        break;
      case 'asking-task':
        this.#askingTask(facts, role, node);
        break;
      case 'then':
      case 'async-callback':
      case 'parameter':
        break;
      case 'listener':
        if (role.overlaps) {
          facts.hazard ??= {
            code: 'control-flow',
            message: `The next '${role.event ?? ''}' may come while the listener at ${place} waits, and be answered before it.`,
            help: 'Check that nothing relies on the order of the messages, or put them into a queue.',
          };
        } else if (!role.independent) {
          this.#listener(facts, role, node);
        }
        break;
      case 'iteration':
      case 'collection':
        this.#iteration(facts, role, node);
        break;
      case 'executor':
        this.#executor(facts, role.call, node);
        break;
      case 'sync-callback':
        facts.obstacle = this.#calledAtOnce(role.call, node);
        break;
      case 'unknown-callback': {
        if (isBlindToAsync(this.#program, role.call)) facts.blindTest ??= role.call;
        const assertion = assertionOf(this.#program, role.call);
        if (assertion === 'looks') break;
        if (assertion === 'calls') {
          facts.obstacle = this.#calledAtOnce(role.call, node);
          break;
        }
        const use = callbackUse(this.#program, node);
        if (use === 'later') break;
        if (use === 'perhaps') {
          facts.hazard ??= {
            code: 'escapes',
            message: `The callback at ${place} is handed to \`${calleeText(role.call)}\`, of which nothing tells that it ignores what the callback returns, and calls it once.`,
            help: 'Check that the promise of the callback does no harm there, and that nothing that follows relies on the callback having finished.',
          };
          break;
        }
        const tooOld = frameworkTooOld(this.#program, role.call, role.index);
        if (tooOld !== undefined) {
          facts.obstacle = this.#obstacle(node, {
            code: 'barrier',
            what: `it is handed to \`${calleeText(role.call)}\` (${place}), and ${tooOld} takes no promise in the version here`,
            help: 'Take a version of it that waits for promises.',
          });
          break;
        }
        facts.obstacle = this.#obstacle(node, {
          code: 'escapes',
          what: `it is handed to \`${calleeText(role.call)}\` (${place}), which is not in the program`,
          help: 'Do the waiting outside the callback, or check by hand that the callee copes with a promise.',
        });
        break;
      }
    }
  }

  #calledAtOnce(call: Call, node: ts.Expression): Obstacle {
    return this.#obstacle(node, {
      code: 'barrier',
      what: `it is called at once by \`${calleeText(call)}\` (${placeOf(this.#program, node)}), which uses what it returns`,
      help: 'Load what the callback needs beforehand.',
    });
  }

  #listener(facts: FactCollector, role: ArgumentRole & { kind: 'listener' }, node: ts.Expression): void {
    const place = placeOf(this.#program, node);
    const event = role.event === undefined ? 'an event' : `'${role.event}'`;
    const alone = this.#singleEvents.standing(role.call);
    if (alone === 'alone') return;
    if (alone === 'single') {
      facts.hazard ??= {
        code: 'control-flow',
        message: `What follows ${event} (${place}), such as other listeners, would not wait for the listener to finish.`,
        help: 'Check that nothing relies on what the listener does: another listener of the event or of a later one, or who made the emitter.',
      };
      return;
    }
    facts.obstacle = this.#obstacle(node, {
      code: 'barrier',
      what: `it listens to ${event} (${place}), and what follows may rely on its having finished`,
      help: 'Do the waiting in a function that the listener starts, with a handler for its failure.',
    });
  }

  #root(facts: FactCollector, role: RootPlace, node: ts.Node): void {
    const { row } = role;
    const { fn } = facts;
    const parameters = fn.parameters.length;
    const unawaited = this.#passing.unawaitedBefore(fn, role);
    if (unawaited !== undefined) {
      facts.obstacle = this.#obstacle(unawaited.call, {
        code: 'barrier',
        what: `it comes after a function that does not wait for \`${unawaited.call.getText()}\` (${placeOf(this.#program, unawaited.call)}), so that ${unawaited.framework} would answer before it has finished`,
        help: 'Return or await the promise there.',
      });
    } else if (row.unlessOption !== undefined && role.kind === 'root' && hasOption(role.call, row.unlessOption.name)) {
      facts.obstacle = this.#obstacle(node, {
        code: 'barrier',
        what: `it ${row.unlessOption.because} (${placeOf(this.#program, node)}), and ${row.framework} takes the end of a promise for that too`,
        help: `Leave the option \`${row.unlessOption.name}\` out, and return a promise.`,
      });
    } else if (row.maximumParameters !== undefined && parameters > row.maximumParameters) {
      this.#callbackRoot(facts, role, node);
    } else if (row.answersInBody === true && answersFromCallback(fn, row.answerParameter ?? 1)) {
      facts.obstacle = this.#obstacle(node, {
        code: 'barrier',
        what: `it answers from a callback (${placeOf(this.#program, node)}), and ${row.framework} looks for the answer when the promise ends`,
        help: 'Await what the callback waits for.',
      });
    } else if (row.answersByPromise === true && !facts.returnsPromise && this.#mustReturnAnswer(facts, row, node)) {
      return;
    } else if (row.waitsForReturned === true && !facts.returnsPromise && returnedBy(fn).length > 0) {
      facts.obstacle = this.#obstacle(node, {
        code: 'barrier',
        what: `it returns what ${row.framework} waits for (${placeOf(this.#program, node)}), which it would not do in a promise`,
        help: 'Make a promise of the end of what it returns, and await that.',
      });
    } else if (row.rejection === 'ignored-next') {
      this.#nextRoot(facts, role, node);
    } else if (facts.form === 'next') {
      facts.obstacle = this.#mixedRoots(node);
    } else {
      facts.rooted = true;
      this.#reportedBy(facts, row, node);
      if (row.waitsForEver === true && !facts.returnsPromise) {
        facts.hazard ??= {
          code: 'control-flow',
          message: `${row.framework} never takes the function at ${placeOf(this.#program, node)} for done, which returns nothing, and would go on after it when it is async.`,
          help: 'Check that what comes after it is meant to run.',
        };
      }
      if (row.startsAll === true) {
        facts.hazard ??= {
          code: 'control-flow',
          message: `${row.framework} called the function at ${placeOf(this.#program, node)} for one element after the other, and would begin with all before the first has ended.`,
          help: 'Check that no element relies on what was done for another one, or use `mapSeries` or `each`.',
        };
      }
      if (row.runsIn !== undefined) this.#runWhileCalled(facts, row, node);
    }
  }

  #reportedBy(facts: FactCollector, row: RootRow, node: ts.Node): void {
    if (row.rejection !== 'reported') return;
    facts.hazard ??= {
      code: 'control-flow',
      message: `${row.framework} deals with a rejection of the function at ${placeOf(this.#program, node)} in its own way, where an exception ended the process.`,
      help: 'Check that nobody counts on how it ends when it fails.',
    };
  }

  /** @returns can it not be done? */
  #mustReturnAnswer(facts: FactCollector, row: RootRow, node: ts.Node): boolean {
    if (facts.rooted) return false;
    const edits = answerEdits(this.#program, facts.fn, row.answerParameter ?? 1);
    if (typeof edits !== 'string') {
      facts.edits.push(...edits);
      return false;
    }
    facts.obstacle = this.#obstacle(node, {
      code: 'barrier',
      what: `it is a handler of ${row.framework} (${placeOf(this.#program, node)}), which takes what its promise gives for the answer, and ${edits}`,
      help: 'Return the answer, or the reply.',
    });
    return true;
  }

  /** What it throws rejects the promise that is made, as what it is told by `reject` does. */
  #executor(facts: FactCollector, call: ts.NewExpression, node: ts.Expression): void {
    if (facts.form === 'wrapped') return;
    const place = placeOf(this.#program, node);
    const isAlone = this.#wrapsCallbackRoots && unwrapped(node) === facts.fn && !facts.returnsPromise;
    const plan = isAlone ? executorPlan(this.#program, facts.fn) : undefined;
    if (plan === undefined || typeof plan === 'string') {
      const but = plan === undefined ? '' : `, and ${plan}`;
      facts.obstacle = this.#obstacle(node, {
        code: 'barrier',
        what: `it is the executor of a promise (${place}), whose rejection nobody would see${but}`,
        help: 'Do the waiting before the promise is made.',
      });
      return;
    }
    facts.form = plan.form;
    facts.rooted = true;
    facts.edits.push(...plan.edits);
    if (this.#promises.isWaitedFor(call, this.#options.publicApi === 'change')) return;
    facts.hazard ??= {
      code: 'control-flow',
      message: `What makes the promise (${place}) was done before the code behind it went on, and would not be when it waits.`,
      help: 'Check that the code behind it relies on nothing that it does, or wait for the promise at once.',
    };
  }

  /** What it throws is to AWS Lambda what its callback is called with; the end of a promise would be taken for its answer. */
  #lambdaHandler(facts: FactCollector, node: ts.Node): void {
    const { fn } = facts;
    if (facts.form === 'wrapped') return;
    const plan =
      this.#wrapsCallbackRoots && !facts.returnsPromise ? callbackPlan(this.#program, fn, 2) : 'it is left to those who make it async';
    if (typeof plan !== 'string') {
      facts.form = plan.form;
      facts.rooted = true;
      facts.edits.push(...plan.edits);
      return;
    }
    facts.obstacle = this.#obstacle(node, {
      code: 'barrier',
      what: `it answers AWS Lambda through a callback (${placeOf(this.#program, fn)}), which takes the end of a promise for the answer, and ${plan}`,
      help: 'Return the answer and throw the error, without the callback.',
    });
  }

  /** Who else called it could not wait for it. */
  #callbackRoot(facts: FactCollector, { row }: RootPlace, node: ts.Node): void {
    const { fn } = facts;
    if (facts.form === 'wrapped' || facts.withoutCallback) return;
    const wraps =
      this.#wrapsCallbackRoots &&
      row.hasDone === true &&
      fn.parameters.length === (row.maximumParameters ?? 0) + 1 &&
      ((ts.isExpression(node) && unwrapped(node) === fn) || this.#isGivenTo(row.framework, fn));
    const plan = wraps && !facts.returnsPromise ? callbackRootPlan(this.#program, fn, row) : undefined;
    if (plan !== undefined && typeof plan !== 'string') {
      facts.form = plan.form;
      facts.rooted = true;
      facts.withoutCallback = plan.form === 'async';
      facts.edits.push(...plan.edits);
      this.#reportedBy(facts, row, node);
      return;
    }
    const but = plan === undefined ? '' : `, and ${plan}`;
    facts.obstacle = this.#obstacle(node, {
      code: 'barrier',
      what: `it is given a callback by ${row.framework} (${placeOf(this.#program, node)}), which takes no promise beside it${but}`,
      help: 'Drop the callback, and end the function where it was called.',
    });
  }

  /** It is over when it returns, unless it asks to be waited for. */
  #askingTask(facts: FactCollector, { row }: ArgumentRole & { kind: 'asking-task' }, node: ts.Expression): void {
    if (facts.form === 'wrapped') return;
    const plan = this.#wrapsCallbackRoots ? this.#askingPlan(facts, row) : 'it is left to those who make it async';
    if (typeof plan !== 'string') {
      facts.form = plan.form;
      facts.rooted = true;
      facts.edits.push(...plan.edits);
      return;
    }
    facts.obstacle = this.#obstacle(node, {
      code: 'barrier',
      what: `it is a task of ${row.framework} (${placeOf(this.#program, node)}), which takes no notice of a promise, and ${plan}`,
      help: `Call \`const done = this.${row.asks}();\` first, and \`done\` at the end, with the error if there is one.`,
    });
  }

  #askingPlan({ fn, returnsPromise }: FactCollector, row: AskingTask): CallbackRootPlan | string {
    if (returnsPromise) return 'it returns one';
    const uses = this.#graph.usesOf(fn).filter(({ kind }) => kind !== 'binding');
    return uses.length === 1 ? askingTaskPlan(this.#program, fn, row) : 'it is used elsewhere too';
  }

  /** `gulp.series(clean, build)`: nobody else gets the function. */
  #isGivenTo(framework: string, fn: FunctionNode): boolean {
    return this.#graph.usesOf(fn).every((use) => {
      if (use.kind === 'public') return exportedRoot(this.#program, use.node.getSourceFile())?.framework === framework;
      if (use.kind !== 'argument') return use.kind === 'binding';
      const role = roleOfArgument(this.#program, use.call, use.index, use.option);
      return role.kind === 'root' && role.row.framework === framework;
    });
  }

  /** `program.parse(process.argv); if (!ran) program.help();`: what follows came after the function, and would come before its end. */
  #runWhileCalled(facts: FactCollector, row: RootRow, node: ts.Node): void {
    const reliance = relianceOn(this.#program, this.#graph, row, node.getSourceFile());
    if (reliance === undefined) return;
    const place = placeOf(this.#program, reliance.node);
    facts.hazard ??= {
      code: 'control-flow',
      ...(reliance.kind === 'follows'
        ? {
            message: `What stands at ${place} ran when the function that ${row.framework} calls had finished, and would not wait for it.`,
            help: 'Check that it relies on nothing that the function does, or wait for the function there.',
          }
        : {
            message: `What the function that ${row.framework} calls throws was caught at ${place}, and would be a rejection that nobody handles.`,
            help: 'Wait for the function there, or let the function handle its failures.',
          }),
    };
  }

  #nextRoot(facts: FactCollector, role: RootPlace, node: ts.Node): void {
    if (facts.form === 'next') return;
    const { fn } = facts;
    if (facts.rooted) {
      facts.obstacle = this.#mixedRoots(node);
      return;
    }
    const callee = role.kind === 'root' ? role.call.expression : undefined;
    const method = callee !== undefined && ts.isPropertyAccessExpression(callee) ? callee.name.text : '';
    const plan = nextPlan(this.#program, fn, method === 'param');
    if (plan.kind === 'impossible') {
      facts.obstacle = this.#obstacle(node, {
        code: 'barrier',
        what: `it is a handler of ${role.row.framework} (${placeOf(this.#program, node)}), which ignores rejections, and it cannot be given a \`next\`: ${plan.what}`,
        help: 'Declare `(req, res, next)`.',
      });
      return;
    }
    if (plan.kind === 'edits') {
      facts.form = 'next';
      facts.edits.push(...plan.edits);
      facts.notes.push(`${role.row.framework} ignores rejections, so the handler passes its errors to \`next\`.`);
    }
  }

  #mixedRoots(node: ts.Node): Obstacle {
    return this.#obstacle(node, {
      code: 'control-flow',
      what: `it is handed to frameworks that treat its errors differently (${placeOf(this.#program, node)})`,
      help: 'Give each a function of its own.',
    });
  }

  #iteration(facts: FactCollector, role: Iteration, node: ts.Expression): void {
    const { call, method } = role;
    const context = awaitContextOf(call);
    if (context.kind === 'module' && !(this.#options.includeStartup && this.#loading.supportsTopLevelAwait(context.file))) {
      if (!this.#maySuspend(context.file)) {
        facts.obstacle = this.#startupObstacle(call);
        return;
      }
      facts.scripts.add(call);
    }
    if (context.kind === 'barrier') {
      facts.obstacle = this.#obstacle(context.node, {
        code: 'barrier',
        what: `it runs in ${context.what} (${placeOf(this.#program, node)})`,
        help: context.help,
      });
      return;
    }
    const plan = this.#loopPlan(facts, role, node);
    if (plan.kind === 'impossible') {
      facts.obstacle = this.#obstacle(node, {
        code: method === 'sort' || method === 'toSorted' ? 'barrier' : 'control-flow',
        what: `it cannot become the body of a loop: ${plan.what}`,
        name: `\`${calleeText(call)}\``,
        help: method === 'map' ? 'Write a `for…of` loop that awaits, or `await Promise.all(…)`.' : 'Write a `for…of` loop that awaits.',
      });
      return;
    }
    if (isWrittenAt(facts.fn, node)) facts.form = 'loop';
    facts.edits.push(...plan.edits);
    if (context.kind === 'function' && !isAsync(context.fn)) facts.require(context.fn, call);
    if (plan.unproven === undefined) return;
    facts.hazard ??= {
      code: 'control-flow',
      message: plan.unproven.isArray
        ? `Elements of \`${plan.unproven.receiver}\` (${placeOf(this.#program, call)}) are put at places of their own, and a loop visits those between them that are empty, which \`${method}\` does not.`
        : `Nothing tells that \`${plan.unproven.receiver}\` (${placeOf(this.#program, call)}) is an array, and a loop may visit other things than its \`${method}\` does.`,
      help: 'Check that it is an array, and without holes.',
    };
  }

  #loopPlan(facts: FactCollector, role: Iteration, node: ts.Expression): LoopPlan {
    if (facts.returnsPromise) return { kind: 'impossible', what: 'its callback returns a promise' };
    if (facts.form !== 'async') return { kind: 'impossible', what: 'its callback is a handler of a framework too' };
    const iterated = role.kind === 'iteration' ? ofArray(role.call) : ofCollection(this.#program, role);
    return loopPlan(this.#program, this.#arrays, iterated, facts.fn, node);
  }

  /** What stands for the method elsewhere becomes async with it. */
  #family(facts: FactCollector, at: ts.Node, member: ts.Declaration): void {
    if (isFunctionNode(member)) {
      if (member.body !== undefined && !isAsync(member)) facts.require(member, at);
      else this.#signature(facts, member);
      return;
    }
    if (ts.isMethodSignature(member) || ts.isPropertySignature(member)) {
      this.#signature(facts, member);
      return;
    }
    const value = functionValue(member);
    if (value !== undefined) {
      if (!isAsync(value)) facts.require(value, at);
      return;
    }
    facts.obstacle = this.#obstacle(member, {
      code: 'escapes',
      what: `it shares its name with a member that is not a function written in place (${placeOf(this.#program, member)})`,
      help: 'Make both the same kind of member.',
    });
  }

  /** One signature is shared by all that implement it, and they become async together: one of them changes it. */
  #signature(facts: FactCollector, member: ts.Declaration): void {
    if (this.#signatures.has(member)) return;
    this.#signatures.add(member);
    facts.edits.push(...signatureTypeEdits(this.#program, member));
  }

  #obstacle(node: ts.Node, parts: Omit<Obstacle, 'link'> & { readonly name?: string }): Obstacle {
    const { name, ...obstacle } = parts;
    if (node === this.#current) return obstacle;
    const link: ChainLink = { name: name ?? linkName(node), span: this.#program.spanOf(node) };
    return { ...obstacle, link };
  }
}

/** Is it the function itself, or `function () { … }.bind(this)`, rather than its name? */
function isWrittenAt(fn: FunctionNode, node: ts.Expression): boolean {
  const bare = unwrapped(node);
  return bare === fn || (ts.isCallExpression(bare) && fn.pos >= bare.pos && fn.end <= bare.end);
}

function isArgument(fn: FunctionNode): boolean {
  return argumentOf(fn) !== undefined;
}

/** What stands at the end of a chain, as people name it: a call with its text, a function by its name. */
function linkName(node: ts.Node): string {
  if (ts.isSourceFile(node)) return 'the exports of the module';
  const argument = ts.isExpression(node) ? argumentOf(node) : undefined;
  if (argument !== undefined) return `\`${calleeText(argument.call)}\``;
  if (isFunctionNode(node)) return functionName(node);
  return `\`${shortText(node)}\``;
}

class FactCollector {
  readonly fn: FunctionNode;
  obstacle: Obstacle | undefined;
  form: FunctionForm = 'async';
  /** It stands at a root that copes with a rejection by itself. */
  rooted = false;
  /** The callback that a framework gives it is dropped. */
  withoutCallback = false;
  /** It returns a promise already, without being async. */
  returnsPromise = false;
  hazard: Reason | undefined;
  /** A test for a function that it would not pass when it is async. */
  blindTest: Call | undefined;
  readonly scripts = new Set<ts.CallExpression>();
  readonly awaited = new Set<ts.CallExpression>();
  readonly edits: Edit[] = [];
  readonly notes: string[] = [];
  readonly #requires = new Map<FunctionNode, ts.Node>();

  constructor(fn: FunctionNode) {
    this.fn = fn;
  }

  require(fn: FunctionNode, at: ts.Node): void {
    if (fn !== this.fn && !this.#requires.has(fn)) this.#requires.set(fn, at);
  }

  finished(): Facts {
    return {
      obstacle: this.obstacle,
      requires: [...this.#requires].map(([fn, at]) => ({ fn, at })),
      scripts: [...this.scripts],
      awaited: [...this.awaited],
      edits: this.edits,
      form: this.form,
      notes: this.notes,
      hazard: this.hazard,
    };
  }
}

/** `createServer.call(this, options)`, which fills the object of whoever calls it; not `Base.call(this)` of another constructor. */
function isCalledPlainly(fn: FunctionNode, uses: readonly Use[]): boolean {
  const calls = uses.flatMap((use) => (use.kind === 'call' || use.kind === 'applied' ? [use.call] : []));
  return (
    !hasPrototype(fn) &&
    calls.length > 0 &&
    calls.every((call) => {
      const around = enclosing(call);
      return around === undefined || !isFunctionNode(around) || !isConstructorFunction(around);
    })
  );
}

/** `cursor.write(text).reset()`, `found.load().rows` */
function isAskedFor(call: ts.CallExpression): boolean {
  const value = outermost(call);
  const { parent } = value;
  return ts.isPropertyAccessExpression(parent) && parent.expression === value && parent.questionDotToken === undefined;
}

/** `task('build', function () { … }, { async: true })` */
function hasOption(call: ts.CallExpression | ts.NewExpression, name: string): boolean {
  return (call.arguments ?? []).some((argument) => {
    if (argument.kind === ts.SyntaxKind.TrueKeyword) return true;
    return ts.isObjectLiteralExpression(argument) && argument.properties.some((one) => one.name?.getText() === name);
  });
}

/** `(event, context, callback)`: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html */
function isLambdaHandler({ parameters }: FunctionNode): boolean {
  const names = parameters.map(({ name }) => name.getText());
  return names.length === 3 && /^_?event$/.test(names[0] ?? '') && /^_?(context|ctx)$/.test(names[1] ?? '');
}

/** `function watch(…) { …; return watch; }`: who calls it goes on with what it gives at once. */
function isOwnResult(node: ts.Node, fn: FunctionNode): boolean {
  return ts.isReturnStatement(outermost(node).parent) && enclosing(node) === fn;
}

/** `if (atOnce) return;`, in a function that gives promises. */
function mayGiveNothing({ body }: FunctionNode): boolean {
  const visit = (node: ts.Node): boolean => {
    if (ts.isFunctionLike(node)) return false;
    return (ts.isReturnStatement(node) && node.expression === undefined) || ts.forEachChild(node, visit) === true;
  };
  return body !== undefined && ts.forEachChild(body, visit) === true;
}

/** `require.extensions['.coffee'] = load`: the module is to be there when it returns. */
function isLoaderHook(node: ts.Node): boolean {
  const { parent } = outermost(node);
  return ts.isBinaryExpression(parent) && /^(?:require\.|\w+\._)extensions\b/.test(parent.left.getText());
}

function memberKey(fn: FunctionNode): string | undefined {
  if (ts.isMethodDeclaration(fn)) return fn.name.getText();
  const { parent } = fn;
  if (ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) return parent.name.getText();
  if (ts.isBinaryExpression(parent) && parent.right === fn && ts.isPropertyAccessExpression(parent.left)) return parent.left.name.text;
  return undefined;
}

function namesAwait(fn: FunctionNode): boolean {
  if (!/\bawait\b/.test(fn.getText())) return false;
  const visit = (node: ts.Node): boolean => (ts.isIdentifier(node) && node.text === 'await') || ts.forEachChild(node, visit) === true;
  return visit(fn);
}

/** `store?.load().rows`: the chain is cut short as a whole, which `(await store?.load()).rows` would not be. */
function continuesOptionalChain(call: ts.CallExpression): boolean {
  const { parent } = call;
  return ts.isOptionalChain(call) && ts.isOptionalChain(parent) && 'expression' in parent && parent.expression === call;
}

function mayCall(use: Use): boolean {
  return use.kind !== 'binding' && use.kind !== 'family' && (use.kind !== 'escape' || (use.among !== 'several' && use.among !== 'perhaps'));
}

/** A function that others reach through an object: without a visible call, they are not in the program. */
function isMember(program: Program, fn: FunctionNode): boolean {
  if (ts.isMethodDeclaration(fn)) return true;
  const { parent } = outermost(fn);
  if (ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) return true;
  if (!ts.isBinaryExpression(parent) || !ts.isPropertyAccessExpression(parent.left)) return false;
  const holder = parent.left.expression;
  return (ts.isPropertyAccessExpression(holder) && holder.name.text === 'prototype') || aliasedPrototype(program, holder) !== undefined;
}

function functionValue(member: ts.Declaration): FunctionNode | undefined {
  let value: ts.Expression | undefined;
  if (ts.isPropertyAssignment(member) || ts.isPropertyDeclaration(member)) value = member.initializer;
  else {
    const assignment: ts.Node = ts.isBinaryExpression(member) ? member : member.parent;
    if (ts.isBinaryExpression(assignment)) value = assignment.right;
  }
  if (value === undefined) return undefined;
  const bare = unwrapped(value);
  return isFunctionNode(bare) ? bare : undefined;
}

/** The parameter, such as the reply, is used inside a function within. */
function answersFromCallback(fn: FunctionNode, parameter: number): boolean {
  const reply = fn.parameters[parameter]?.name;
  // Without a test object nobody can say more once the promise has ended.
  if (reply === undefined && parameter === 0) return false;
  if (reply === undefined || !ts.isIdentifier(reply)) return true;
  const { text } = reply;
  const visit = (node: ts.Node, inside: boolean): boolean => {
    if (inside && ts.isIdentifier(node) && node.text === text) return true;
    const deeper = inside || (node !== fn && ts.isFunctionLike(node));
    return ts.forEachChild(node, (child) => visit(child, deeper)) === true;
  };
  return fn.body !== undefined && visit(fn.body, false);
}
