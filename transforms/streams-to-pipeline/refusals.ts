/** Why a stream is left as it is: a reason's code, what is in the way, and what a person would do. */

import type { Reason } from '../../engine/finding.ts';

/** Thrown inside the analysis of one site, and caught there: the site is refused for this reason. */
export class Refused extends Error {
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(reason.message);
    this.reason = reason;
  }
}

const reuse = 'stream-reuse';
const flow = 'control-flow';

export const refusals = {
  unknownStream: (name: string): Reason => ({
    code: 'unknown-stream',
    message: `${name} cannot be proven to be a stream of Node.`,
    help: 'Give it a type, by an annotation or JSDoc, or rewrite the place by hand if it is a stream.',
  }),
  takenForStream: (name: string): Reason => ({
    code: 'unknown-stream',
    message: `${name} is taken for a stream because a stream of Node is connected to it; of which kind, and who else uses it, cannot be seen.`,
    help: 'Apply with --unsafe if it is a stream that nothing else writes to or reads, or give it a type, by an annotation or JSDoc.',
  }),
  returned: (how: string): Reason => ({
    code: reuse,
    message: `The stream at the end of the chain is ${how}; a pipeline hears of every failure, and one that ended the process would be lost where nobody listens to that stream.`,
    help: 'Put the whole way, from the first stream to the last, into one `pipeline` where the stream is used.',
  }),
  notStatement: (): Reason => ({
    code: flow,
    message: 'The chain is not a statement in a block: the code around it decides whether the streams are connected.',
    help: 'Give the chain a block of its own, in braces.',
  }),
  severalDestinations: (name: string): Reason => ({
    code: reuse,
    message: `${name} feeds several destinations, and a pipeline has one: of several the first that fails would destroy ${name}, and cut off the others, which got all of it before.`,
    help: 'Give each destination a pipeline with a source of its own, or leave the pipes and destroy every stream when one fails.',
  }),
  severalTargets: (): Reason => ({
    code: reuse,
    message: 'The `data` handler writes to several destinations, and a pipeline has one.',
    help: 'Give each destination a pipeline with a source of its own, or mind what each `write` returns.',
  }),
  severalSources: (name: string): Reason => ({
    code: reuse,
    message: `Several sources write to ${name}, and a pipeline would end it after the first.`,
    help: 'Write the sources as one, in an async generator that reads one after the other, and use that in a `pipeline`.',
  }),
  endOption: (): Reason => ({
    code: reuse,
    message: 'The destination is kept open by an option of `pipe`, for somebody else to write to or to end.',
    help: 'Write all its sources as one, in an async generator (`for (const file of files) yield* fs.createReadStream(file)`), and use that in a `pipeline`. One with `{ end: false }` for each source leaves its listeners behind on the destination.',
  }),
  ownOptions: (name: string): Reason => ({
    code: 'unknown-stream',
    message: `\`pipe\` of ${name} is given options that a stream of Node does not know: it has a \`pipe\` of its own, which a pipeline would not call.`,
    help: 'Leave it, or let the class give a stream of Node that does what the options say, and use that in a `pipeline`.',
  }),
  leftOpen: (name: string): Reason => ({
    code: reuse,
    message: `The loop never ends ${name}, and a pipeline would.`,
    help: 'End it in the `end` handler if nobody writes to it afterwards, or use `pipeline` of `stream/promises` with `{ end: false }`.',
  }),
  elsewhere: (name: string, use: string): Reason => ({
    code: reuse,
    message: `${name} is also used at \`${use}\`, which a pipeline could change: it takes over the stream and destroys it after a failure.`,
    help: 'Make that use part of the pipeline, or move it before the streams are connected.',
  }),
  connectedElsewhere: (name: string): Reason => ({
    code: flow,
    message: `${name} is connected in several places, and which of them run cannot be told here.`,
    help: 'Choose the stages first, in an array, then run one `pipeline(stages, …)`.',
  }),
  outside: (name: string): Reason => ({
    code: reuse,
    message: `${name} is made outside of this function, where it may be listened to or used again.`,
    help: 'Make the stream where the pipeline runs, or rewrite all its uses together.',
  }),
  ofObject: (name: string): Reason => ({
    code: reuse,
    message: `${name} belongs to the object: its other methods, and whoever holds the object, may listen to it or use it after a failure.`,
    help: 'Make the stream in the method that connects it, and keep only what others need of it.',
  }),
  failsByItself: (name: string): Reason => ({
    code: reuse,
    message: `${name} emits \`error\` by itself or listens for it: it may fail several times, and a pipeline hears of the first failure only.`,
    help: 'Let it fail once, by calling back with the error or by `destroy(error)`, then run nodelift again.',
  }),
  listener: (name: string, event: string): Reason => ({
    code: reuse,
    message: `${name} has a listener for \`${event}\`, an event that comes at other times in a pipeline.`,
    help: 'Move what the listener does behind the end of the pipeline.',
  }),
  adjusted: (name: string, method: string): Reason => ({
    code: reuse,
    message: `${name} is controlled by hand with \`${method}\` where it is connected.`,
    help: 'A pipeline starts, stops and disconnects its streams by itself: drop the call if nothing else needs it.',
  }),
  sideRead: (name: string): Reason => ({
    code: flow,
    message: `What comes out of ${name} is read outside the chain, and may fail after all was written to it, when a pipeline is done.`,
    help: 'Read it with `for await`, or add the reader to the pipeline as its last stage.',
  }),
  answersThrough: (name: string): Reason => ({
    code: reuse,
    message: `The error handler may still answer through ${name}, which a pipeline has destroyed by then.`,
    help: 'Find out before the first byte is sent whether the source can be read (open the file, look it up), answer failures there, then use `pipeline`.',
  }),
  ownEnd: (name: string): Reason => ({
    code: reuse,
    message: `${name} tells by itself when it is done, and a pipeline may take it for closed too early.`,
    help: 'Leave the pipe, and destroy both streams when one of them fails.',
  }),
  outgoingRequest: (name: string): Reason => ({
    code: reuse,
    message: `A pipeline aborts ${name} when its source fails, and the request reports that as a second error.`,
    help: 'Use `pipeline`, and let the `error` handler of the request pass over an abort of your own.',
  }),
  childInput: (name: string): Reason => ({
    code: flow,
    message: `A child process that goes away early closes ${name}, which a pipeline reports beside what the child itself reports.`,
    help: 'Let the handler tell the two apart, or take the first of them only, then use `pipeline`.',
  }),
  handlerTouchesStage: (name: string): Reason => ({
    code: reuse,
    message: `The error handler works on ${name}, which a pipeline has destroyed by then.`,
    help: 'Drop what the pipeline does by itself from the handler, then run nodelift again.',
  }),
  standardInput: (name: string): Reason => ({
    code: reuse,
    message: `When ${name} closes early a pipeline destroys standard input with it, and whoever comes next could read no more of it; a pipe only lets go of it.`,
    help: 'Leave the pipe, or read standard input once and hand what it gave to everybody.',
  }),
  standardStream: (name: string): Reason => ({
    code: reuse,
    message: `${name} must stay open, and nothing here handles a failure.`,
    help: 'Use `await pipeline(…, { end: false })` of `stream/promises`, and handle its failure.',
  }),
  differentHandlers: (): Reason => ({
    code: flow,
    message: 'The streams hand their failures to different handlers, and a pipeline has one.',
    help: 'Write one handler that tells the failures apart by `error.code` or `error.syscall`, then run nodelift again.',
  }),
  unhandled: (names: string): Reason => ({
    code: flow,
    message: `Nothing handles a failure of ${names}: it ended the process, and would reach the handler of the others.`,
    help: 'Apply with --unsafe if the handler is meant for every failure, as is usual.',
  }),
  handlerShape: (event: string): Reason => ({
    code: flow,
    message: `The handler of \`${event}\` is not a function that can be moved: it uses its own \`this\`, or is made by a call.`,
    help: 'Write the handler as an arrow function, then run nodelift again.',
  }),
  handlerMerge: (): Reason => ({
    code: flow,
    message: 'The handlers return early or declare the same names, so that they cannot follow one another in one function.',
    help: 'Merge the handlers by hand, then run nodelift again.',
  }),
  closedTwice: (name: string): Reason => ({
    code: flow,
    message: `\`close\` of ${name} also came after a failure, so that the callback was called twice; now it is called once.`,
    help: 'Apply with --unsafe if nothing relies on the second call, as is usual.',
  }),
  requestTellsToo: (name: string): Reason => ({
    code: flow,
    message: `When the connection of ${name} is reset the request tells of it as well: the handler may hear of it from either.`,
    help: 'Apply with --unsafe if the handler may be called twice, or wrap it so that only the first call counts.',
  }),
  closeHandler: (): Reason => ({
    code: flow,
    message: '`close` also comes after a failure, so its handler runs in both cases.',
    help: 'Do on `finish` what belongs to success, and in the `error` handler what belongs to failure.',
  }),
  between: (): Reason => ({
    code: flow,
    message: 'The handlers are added in several steps with an `await` or a way out between them.',
    help: 'Connect the streams in one place.',
  }),
  asyncWork: (): Reason => ({
    code: flow,
    message: 'The work on one chunk overlaps with that on the next, which in a pipeline would wait for each other.',
    help: 'If the chunks may be worked on one after the other, use an async generator as a stage, or read them with `for await`.',
  }),
  chunkWork: (why: string): Reason => ({
    code: flow,
    message: `What the \`data\` handler does with a chunk cannot become a stage: ${why}.`,
    help: 'Write it as `async function* (source) { for await (const chunk of source) yield …; }` and use that as a stage.',
  }),
  gatheredAs: (name: string, encoding: string): Reason => ({
    code: flow,
    message: `${name} is read as \`${encoding}\`, which the readers of \`stream/consumers\` do not know.`,
    help: 'Read it with `buffer` of `stream/consumers`, and decode the whole.',
  }),
  gatheredUnderControl: (name: string): Reason => ({
    code: flow,
    message: `The \`data\` handler also works on ${name} itself, to stop it or to answer before its end.`,
    help: 'Read it with `for await` in an async function, and leave the loop where the reading has to stop.',
  }),
  notUsedAtEnd: (name: string): Reason => ({
    code: flow,
    message: `What is gathered from ${name} is not used by a handler of \`end\` beside it.`,
    help: 'Read it with `text`, `json` or `buffer` of `stream/consumers`, and use what that gives.',
  }),
  gatheredUnseen: (name: string): Reason => ({
    code: flow,
    message: `Nobody hears of it when ${name} fails or is cut off: what follows its end is never done then, and the caller waits.`,
    help: 'Say what is to be done then, in a handler of `error`; with one, it becomes `text`, `json` or `buffer` of `stream/consumers`.',
  }),
  childUnseen: (name: string): Reason => ({
    code: flow,
    message: `Nobody hears of it when ${name} cannot be started: it ended the process as an uncaught error, and would as an unhandled rejection.`,
    help: 'Apply with --unsafe if nothing listens for either, as is usual, or say what is to be done then in a handler of `error`.',
  }),
  childToldTwice: (name: string): Reason => ({
    code: flow,
    message: `When ${name} could not be started the callback was called twice, for \`error\` and for \`close\`; now it is called once.`,
    help: 'Apply with --unsafe if nothing relies on the second call, as is usual.',
  }),
  closeFollowsError: (name: string, event: string): Reason => ({
    code: flow,
    message: `When ${name} cannot be started, \`${event}\` may follow \`error\`; the handlers do different things, so that both may be needed.`,
    help: 'Tell the callback in the handler of `error` as well, once, then run nodelift again.',
  }),
  waitsForOutput: (name: string): Reason => ({
    code: flow,
    message: `\`exit\` of ${name} may come before the end of its output, which is waited for now: as long as a process that it left behind holds it open.`,
    help: 'Apply with --unsafe if it leaves no process behind, or listen for `close`.',
  }),
  gatheredElsewhere: (holder: string): Reason => ({
    code: flow,
    message: `\`${holder}\` is also used outside of the handlers of \`data\` and \`end\`, while it is still being filled.`,
    help: 'Use it where it is complete, then run nodelift again.',
  }),
  gatheredCrash: (name: string): Reason => ({
    code: flow,
    message: `Nothing handles a failure of ${name}: it ended the process, and would reject the promise.`,
    help: 'Apply with --unsafe if the caller of the promise is to hear of it, as is usual.',
  }),
  gatheredUnheard: (name: string): Reason => ({
    code: flow,
    message: `Nothing handles a failure of ${name}: it ended the process as an uncaught error, and would as an unhandled rejection.`,
    help: 'Apply with --unsafe if nothing listens for either, as is usual, or say what is to be done then in a handler of `error`.',
  }),
  gatheredAnswer: (name: string): Reason => ({
    code: flow,
    message: `A throw behind the end of ${name} ended the process, and its being cut off was not noticed; both would reject now.`,
    help: 'Apply with --unsafe if whoever waits for the promise is to hear of it, as is usual.',
  }),
  gatheredAborted: (name: string, callee: string): Reason => ({
    code: flow,
    message: `The request may be aborted, by a timeout or by whoever holds it; \`${callee}\` would hear then that ${name} was cut off, perhaps beside what it is told of the abort.`,
    help: `Apply with --unsafe if \`${callee}\` may be told twice, or was not told of an abort so far.`,
  }),
  gatheredReject: (name: string): Reason => ({
    code: flow,
    message: `Nobody hears of it when ${name} is cut off, and the promise never settles; it would be rejected.`,
    help: 'Apply with --unsafe if the caller of the promise is to hear of it, as is usual.',
  }),
  composed: (callee: string): Reason => ({
    code: reuse,
    message: `\`${callee}\` makes one stream of several, which goes on to somewhere else.`,
    help: 'Put the streams it is made of into the `pipeline` that the whole is part of.',
  }),
  unknownCallback: (): Reason => ({
    code: 'unknown-callback',
    message: 'Whether a callback is always given cannot be seen, and `pipeline` throws without one.',
    help: 'Give it a function, or await `pipeline` of `stream/promises`.',
  }),
  listensTooLate: (name: string): Reason => ({
    code: reuse,
    message: `The callback listens to \`${name}\`, which has closed by the time a pipeline calls back, and tells of nothing any more.`,
    help: 'Do what that listener does in the callback itself: a pipeline ends when its streams have closed.',
  }),
  mayBeGone: (name: string): Reason => ({
    code: flow,
    message: `When \`${name}\` is closed before, newer versions of Node throw here instead of calling back.`,
    help: 'Apply with --unsafe if it is open when the streams are connected, or await `pipeline` of `stream/promises`.',
  }),
  settledOften: (): Reason => ({
    code: flow,
    message: 'What the promise resolves to is not the last thing that the handler does, or is not said on every way through it.',
    help: 'Await `text`, `json` or `buffer` of `stream/consumers` in an async function, and return the result.',
  }),
  endWork: (name: string): Reason => ({
    code: flow,
    message: `${name} is ended in a way that a pipeline does not: with a last chunk, on a condition, or not by the \`end\` handler itself.`,
    help: 'Add what is written last as a stage, and let the pipeline end the stream.',
  }),
  leavesEitherWay: (name: string): Reason => ({
    code: flow,
    message: `Either end of ${name} may go away before the other, which is no failure of a socket; the handler would be told of it.`,
    help: 'Apply with --unsafe if the handler can be told, or let it pass over `ERR_STREAM_PREMATURE_CLOSE` and `EPIPE`.',
  }),
  waitsForDrain: (name: string): Reason => ({
    code: flow,
    message: `The function now waits while ${name} is full, so that others may run in between; should ${name} fail meanwhile, its promise is rejected, where the process ended.`,
    help: 'Apply with --unsafe if nothing else changes what the loop works on.',
  }),
  writtenLater: (name: string): Reason => ({
    code: flow,
    message: `What the loop writes is made when ${name} takes it, after the function has returned: what changes meanwhile is written as it is then.`,
    help: 'Apply with --unsafe if nothing changes what the loop works on.',
  }),
  notLooped: (what: string): Reason => ({
    code: flow,
    message: `The writes stand in a function, and a loop would not do the same: ${what}.`,
    help: 'Write the loop with `for…of`, then run nodelift again.',
  }),
  cannotWait: (name: string): Reason => ({
    code: flow,
    message: `The loop fills the memory when ${name} is slower, and its function is not async and cannot wait.`,
    help: `Make what is written an iterable, a generator for instance, and use \`pipeline(Readable.from(…), …, callback)\`.`,
  }),
  drainNeverComes: (name: string): Reason => ({
    code: flow,
    message: `The loop fills the memory when ${name} is slower; but where ${name} has failed or gone, which somebody else may have handled, \`drain\` never comes.`,
    help: 'Make what is written an async generator, and give it to `pipeline` of `stream/promises` with the stream.',
  }),
  handedIn: (name: string): Reason => ({
    code: reuse,
    message: `${name} comes from the caller, who may listen to it or use it after a failure, when a pipeline has destroyed it.`,
    help: 'Look at the calls; apply with --unsafe if none of them uses the stream again.',
  }),
} as const;
