/** What the process tells the shell. */
export const exitCodes = {
  done: 0,
  /** Findings remain, and `--fail-on-findings` was given; or the check command failed for good. */
  findings: 1,
  /** Wrong use, bad configuration, nothing matched, uncommitted changes. */
  usage: 2,
  /** A file could not be read, parsed or written; the others were done. */
  failed: 3,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
