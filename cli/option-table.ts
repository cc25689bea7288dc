/** Every command and option of the command line, a row each: what the parser reads and the help is made of. */

export type CommandName = 'run' | 'list' | 'explain' | 'undo' | 'init' | 'completion';

export const sections = {
  selection: 'Selection',
  scope: 'Scope',
  fix: 'Fix',
  output: 'Output',
  troubleshooting: 'Troubleshooting',
} as const;

export interface OptionRow {
  readonly name: string;
  readonly alias?: string;
  /** What follows it, for the help; a flag has none. */
  readonly value?: string;
  /** May be given more than once. */
  readonly repeatable?: boolean;
  readonly choices?: readonly string[];
  readonly section: keyof typeof sections;
  readonly commands: readonly CommandName[];
  readonly help: string;
  /** Its help after a command, when it means less there. */
  readonly commandHelp?: string;
}

export const formats = ['diff', 'stat', 'json', 'sarif', 'github', 'markdown', 'html'] as const;
export type Format = (typeof formats)[number];

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const run = ['run'] as const;
/** `list` counts in paths what a run would find in them. */
const scope = ['run', 'list'] as const;
const all = ['run', 'list', 'explain', 'undo', 'init', 'completion'] as const;

export const optionTable = [
  {
    name: 'transform',
    alias: 't',
    value: 'names',
    repeatable: true,
    section: 'selection',
    commands: run,
    help: 'only these transforms: a,b or repeated; they are applied in the order of "nodelift list"',
  },
  { name: 'skip', value: 'names', repeatable: true, section: 'selection', commands: run, help: 'all transforms but these' },
  {
    name: 'unsafe',
    section: 'selection',
    commands: run,
    help: 'also fixes that may change behaviour; without it they are counted',
  },
  {
    name: 'codemod',
    value: 'file',
    repeatable: true,
    section: 'selection',
    commands: run,
    help: 'a jscodeshift transform, a file or part of a package, to run like one of ours; without --transform only it is run',
  },
  {
    name: 'codemod-option',
    value: 'key=value',
    repeatable: true,
    section: 'selection',
    commands: run,
    help: 'an option for the codemods, as jscodeshift would be given it: --codemod-option parser=flow',
  },
  {
    name: 'ignore',
    value: 'glob',
    repeatable: true,
    section: 'scope',
    commands: scope,
    help: 'leave these files out, as in .gitignore, from the root; repeatable',
  },
  { name: 'no-gitignore', section: 'scope', commands: scope, help: 'also files that git ignores' },
  { name: 'tsconfig', value: 'file', section: 'scope', commands: scope, help: 'instead of the nearest tsconfig.json or jsconfig.json' },
  {
    name: 'config',
    alias: 'c',
    value: 'file',
    section: 'scope',
    commands: scope,
    help: 'instead of the nearest nodelift.config.{js,mjs,json} or "nodelift" in package.json; a .js or .mjs file is executed',
  },
  {
    name: 'public-api',
    value: 'keep|change',
    choices: ['keep', 'change'],
    section: 'scope',
    commands: scope,
    help: 'whether functions that other packages can call may change (default: keep)',
  },
  { name: 'include-startup', section: 'scope', commands: scope, help: 'also code that runs once while modules load' },
  {
    name: 'since',
    value: 'ref',
    section: 'scope',
    commands: run,
    help: 'look for sites only in files that changed since the branch left this commit; the whole program is still read',
  },
  { name: 'staged', section: 'scope', commands: run, help: 'look for sites only in files that are staged in git' },
  {
    name: 'shard',
    value: 'i/n',
    section: 'scope',
    commands: run,
    help: "one machine's share of a large run: the i-th of n, the same on every machine",
  },
  {
    name: 'interactive',
    alias: 'i',
    section: 'fix',
    commands: run,
    help: 'decide fix by fix, then apply what you chose; what you declined is remembered',
  },
  { name: 'write', alias: 'w', section: 'fix', commands: run, help: 'apply the fixes; "nodelift undo" takes them back' },
  { name: 'dry-run', alias: 'n', section: 'fix', commands: run, help: 'preview and change nothing (the default)' },
  {
    name: 'allow-dirty',
    section: 'fix',
    commands: run,
    help: 'write even to files that have uncommitted changes in git',
  },
  {
    name: 'check',
    value: 'command',
    section: 'fix',
    commands: run,
    help: 'with --write: run it before and after, and roll back the fixes that it fails with: --check "npm test"',
  },
  {
    name: 'check-timeout',
    value: 'seconds',
    section: 'fix',
    commands: run,
    help: 'a check that takes longer has failed (default: five times as long as before, and at least a minute)',
  },
  {
    name: 'no-verify',
    section: 'fix',
    commands: run,
    help: 'do not compare what TypeScript says of the files before and after; that they parse is always checked',
  },
  {
    name: 'file-timeout',
    value: 'seconds',
    section: 'fix',
    commands: run,
    help: 'a file that takes a transform longer is left alone and named (default: 60)',
  },
  {
    name: 'jobs',
    value: 'n',
    section: 'fix',
    commands: run,
    help: 'threads for packages that have nothing to do with each other, which are done side by side (default: 1)',
  },
  {
    name: 'fail-on-findings',
    section: 'output',
    commands: run,
    help: 'exit 1 when anything is left to fix: fixes not written, unsafe ones, and refused sites except startup-code; for CI',
  },
  {
    name: 'format',
    value: 'name',
    repeatable: true,
    choices: formats,
    section: 'output',
    commands: run,
    help: `${formats.join(', ')} (default: diff; with --write: stat); repeatable`,
  },
  {
    name: 'output',
    alias: 'o',
    value: 'file',
    section: 'output',
    commands: run,
    help: 'write the last --format to this file; the others, or else the default one, still go to stdout',
  },
  { name: 'json', section: 'output', commands: ['list'], help: 'the list as JSON' },
  { name: 'quiet', section: 'output', commands: ['run', 'list', 'undo'], help: 'nothing on stderr but errors' },
  { name: 'no-color', section: 'output', commands: all, help: 'no colours; NO_COLOR, FORCE_COLOR and CI are honoured too' },
  {
    name: 'verbose',
    section: 'troubleshooting',
    commands: all,
    help: 'titles of the fixes in the diff; every refused site, and why; every file left out, and by which rule; stacks of errors',
    commandHelp: 'everything in full; stacks of errors',
  },
  { name: 'timing', section: 'troubleshooting', commands: run, help: 'where the time went' },
  {
    name: 'help',
    alias: 'h',
    section: 'troubleshooting',
    commands: all,
    help: 'this text; also after a command',
    commandHelp: 'this text',
  },
  { name: 'version', section: 'troubleshooting', commands: all, help: 'the version of nodelift' },
] as const satisfies readonly OptionRow[];

export type OptionName = (typeof optionTable)[number]['name'];

export interface CommandRow {
  readonly name: Exclude<CommandName, 'run'>;
  readonly usage: string;
  readonly help: string;
  readonly examples: readonly string[];
}

export const commandTable: readonly CommandRow[] = [
  {
    name: 'list',
    usage: 'list [paths…]',
    help: 'the transforms, a line each; for paths, with what each finds in them',
    examples: ['nodelift list', 'nodelift list src', 'nodelift list src --json'],
  },
  {
    name: 'explain',
    usage: 'explain <name>',
    help: 'what a transform does and refuses, or what a reason code means',
    examples: ['nodelift explain parameterize-sql', 'nodelift explain barrier'],
  },
  { name: 'undo', usage: 'undo', help: 'take back the last --write, byte for byte', examples: ['nodelift undo'] },
  {
    name: 'init',
    usage: 'init',
    help: 'look at the project, and write a commented configuration for it',
    examples: ['nodelift init'],
  },
  {
    name: 'completion',
    usage: 'completion [shell]',
    help: `a script for the completion of words by ${shells.join(', ')}`,
    examples: [
      'eval "$(nodelift completion bash)"    in ~/.bashrc',
      'eval "$(nodelift completion zsh)"     in ~/.zshrc',
      'nodelift completion fish | source     in ~/.config/fish/config.fish',
    ],
  },
];

/** The examples at the end of the help, with what each does. */
export const examples: readonly (readonly [command: string, meaning: string])[] = [
  ['nodelift', 'preview the folder you are in'],
  ['nodelift src test', 'preview two folders'],
  ['nodelift src -t parameterize-sql', 'one transform'],
  ['nodelift src --write', 'apply'],
  ['nodelift src --write --check "npm test"', 'apply what the tests pass with'],
  ['nodelift src --dry-run > fix.patch', 'a patch for "git apply"'],
  ['nodelift --format json -o report.json', 'a report beside the diff'],
  ['nodelift --fail-on-findings --format stat', 'a check for CI'],
];
