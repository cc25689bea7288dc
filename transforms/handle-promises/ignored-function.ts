/** Async functions given to code that does not look at their promise: what they throw is caught inside. */

import { ts } from 'ts-morph';
import { functionName, type FunctionNode } from '../../engine/async/functions.ts';
import type { FunctionRole } from '../../engine/async/roles.ts';
import type { Finding, Reason } from '../../engine/finding.ts';
import { callbackUsedIn } from './callback-in-scope.ts';
import { fixOf, refusalOf } from './draft.ts';
import { nextOf, usesAnswer } from './express.ts';
import { callTo, loggingHandler, rejectOf, scriptHandler, surroundingHandler, type Handler } from './handlers.ts';
import type { Knowledge } from './knowledge.ts';
import type { Site } from './sites.ts';
import { wrapBody } from './wrap-body.ts';

export function executor(site: Extract<Site, { kind: 'executor' }>, known: Knowledge): Finding {
  const { fn } = site;
  const handler = fn.body && rejectOf(known.program, fn, fn.body);
  const title = 'reject the promise when its async executor fails';
  if (handler === undefined) {
    return refusalOf(
      head(fn),
      title,
      {
        code: 'control-flow',
        message: 'The executor has no `reject` by a name of its own that its whole body could use.',
        help: 'Put the body into an async function, and call that instead of making the promise by hand.',
      },
      known,
    );
  }
  return fixOf(
    {
      at: head(fn),
      title,
      edits: [...wrapBody(known.program, fn, handler), ...handler.edits],
      notes: ['A throw in the executor now rejects the promise; before, the promise never settled and the process ended.'],
    },
    known,
  );
}

export function ignored(site: Extract<Site, { kind: 'ignored' }>, known: Knowledge): readonly Finding[] {
  const { fn, role } = site;
  const whole = functionName(fn);
  const name = whole.length <= 40 ? whole : `${whole.slice(0, 39)}…`;
  const handler = handlerOf(fn, role, known);
  if (handler.kind === 'refused') {
    return [
      refusalOf(
        head(fn),
        `nobody sees a rejection of the ${name}`,
        {
          code: 'callback-shape',
          message: handler.message,
          help: 'Put a `try … catch` around the body that says what becomes of an error.',
        },
        known,
      ),
    ];
  }
  return [
    fixOf(
      {
        at: head(fn),
        title: `give what the ${name} throws to \`${handler.handler.name}\``,
        edits: [...wrapBody(known.program, fn, handler.handler), ...handler.handler.edits],
        handler: handler.handler,
        // A function that was made async by another rewrite threw before, and that ended the process too.
        ...(!isExpress(role) && { unsafe: endsToday(handler.handler) }),
        notes: [`An error now reaches \`${handler.handler.name}\`; before, nobody saw it and the process ended.`, ...handler.handler.notes],
      },
      known,
    ),
  ];
}

/** Why a listener or a timer's callback is not simply caught. */
export function endsToday(handler: Handler): Reason {
  return {
    code: 'control-flow',
    message: `An error in this function ends the process today, and would only reach \`${handler.name}\`.`,
    help: 'Apply it with --unsafe where the process is to go on after a failure here.',
  };
}

function isExpress(role: FunctionRole): boolean {
  return role.kind === 'root' && role.row.isMiddleware === true;
}

type HandlerChoice = { readonly kind: 'handler'; readonly handler: Handler } | { readonly kind: 'refused'; readonly message: string };

function handlerOf(fn: FunctionNode, role: FunctionRole, known: Knowledge): HandlerChoice {
  const { program } = known;
  if (isExpress(role)) {
    const next = nextOf(program, fn, fn);
    if (next === undefined) return { kind: 'refused', message: 'The handler has no `next` to give the error to, and none can be added.' };
    return { kind: 'handler', handler: callTo(next.name, next.edits) };
  }
  if (role.kind === 'root' && role.row.framework === 'http server') return { kind: 'handler', handler: endOfResponse(fn, known) };
  // A command that fails says so by the exit code, as a crash did.
  if (role.kind === 'root' && role.row.framework === 'commander') return { kind: 'handler', handler: scriptHandler(known, fn) };
  const callback = fn.body && callbackUsedIn(fn.body, fn, known);
  if (callback !== undefined) {
    return { kind: 'refused', message: `The body calls \`${callback.text}\`, which must hear of an error, and of nothing twice.` };
  }
  return { kind: 'handler', handler: surroundingHandler(known, fn, (handlerFn) => usesAnswer(program, fn, handlerFn)) };
}

/** The error is logged and the connection closed, as it was when the process ended. */
function endOfResponse(fn: FunctionNode, known: Knowledge): Handler {
  const log = loggingHandler(known, fn);
  const response = fn.parameters[1];
  if (response === undefined || !ts.isIdentifier(response.name)) return log;
  const { text } = response.name;
  return { ...log, reference: undefined, statements: (error) => [...log.statements(error), `${text}.destroy()`] };
}

/** The function up to its body: the site as a person sees it, not the whole code inside. */
function head(fn: FunctionNode): ts.Node {
  return fn;
}
