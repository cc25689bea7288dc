/** The library: the same run as the command line's. */

export { defineTransform, type Transform, type TransformContext, type TransformOptions } from './engine/transform.ts';
export type { Edit, Finding, Fix, ImportNeed, IndentEdit, PreambleNeed, Reason, Refusal, ReplaceEdit, Safety } from './engine/finding.ts';
export type { FileResult, LeftOut, ReportedFinding, RunEvent, RunOptions, RunResult, Warning } from './engine/result.ts';
export { UsageError } from './engine/errors.ts';
export { run } from './engine/run.ts';
export { runEvents, type RunStep } from './engine/run-events.ts';
export { transforms } from './transforms/registry.ts';
