/**
 * Every code that a refusal or an unsafe fix can carry. `docs/reasons.md` has a section for each, and
 * `fixtures` a case that shows it; a test asserts both.
 */

export const reasons = {
  'startup-code': 'runs once while modules load, where blocking does no harm',
  barrier: 'a caller is in a place that cannot await',
  escapes: 'the function is passed or stored to where its calls cannot be seen',
  'public-api': 'the function is part of what the package exports, and would change for its users',
  'shared-state': 'another task could now run between a check and the use that depends on it',
  'no-twin': 'the blocking call has no promise form with the same result',
  'unknown-callback': 'the role of the callback cannot be proven',
  'callback-shape': 'the callback does more than handle one error and one result',
  'control-flow': 'the order or reach of the code around the call would change',
  'unknown-driver': 'what the query is sent to cannot be proven',
  'identifier-position': 'the value stands where only an identifier, keyword or fragment may, and no placeholder can',
  'unparsed-sql': 'the text is not SQL that the parser for the dialect reads',
  'dynamic-text': 'the text comes from where it cannot be followed',
  'mixed-parameters': 'the query is already given values in a way that cannot be merged with new ones',
  'parameter-type': 'a parameter would be typed where the text was not',
  'statement-kind': 'the statement, or the way it is sent, takes no parameters',
  'operator-injection': 'what a filter is made of may bring operators of the query language with it',
  'unknown-stream': 'what is piped cannot be proven to be a stream of Node',
  'stream-reuse': 'the stream is used in a way that a pipeline would change',
  'open-ended': 'the promise stands for something that does not end, and awaiting it would stop the code after it',
  'codemod-failed': 'a codemod that was named with --codemod failed on the file',
  'verification-failed': 'the rewritten file did not pass verification',
  'check-failed': 'the check command fails with the fix',
} as const;

export type ReasonCode = keyof typeof reasons;
