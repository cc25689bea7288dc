/** Lets a person's own command judge what is written. */

export { writeChecked } from './check.ts';
export type { CheckedWrite, CheckEvent, CheckOptions, CheckOutcome, CheckStage, RolledBack } from './check.ts';
export { runCommand } from './command.ts';
export type { CommandResult } from './command.ts';
