/** The library: the same run as the command line's. */

export {
  defineTransform,
  type Transform,
  type TransformContext,
  type TransformOnDemand,
  type TransformOptions,
} from './engine/transform.ts';
export type { ChainLink, Edit, Finding, Fix, ImportNeed, IndentEdit, PreambleNeed, Reason, Refusal } from './engine/finding.ts';
export type { ReplaceEdit, Safety, Weakness } from './engine/finding.ts';
export type { FileEdit, FileResult, LeftOut, LeftOutRule, Phase, ReportedFinding, RunEvent } from './engine/result.ts';
export { fixKey, type RunOptions, type RunResult, type Shard, type Warning } from './engine/result.ts';
export type { Position, Span } from './engine/text.ts';
export { UsageError } from './engine/errors.ts';
export { run } from './engine/run.ts';
export { runEvents, type RunStep } from './engine/run-events.ts';
export { transforms } from './transforms/registry.ts';
