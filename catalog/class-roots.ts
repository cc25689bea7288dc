/** Frameworks that make an object of a class of the program, and call its methods one after the other, waiting for each. */

import { membersOf } from './origin-pattern.ts';

export interface ClassRoot {
  /** The framework, as messages name it. */
  readonly framework: string;
  readonly package: string;
  readonly since: number;
  /** Patterns of origin keys of the class that theirs extends, see `origin-pattern.ts`. */
  readonly bases: readonly string[];
  /** Methods that are called by nobody but the program, unless the base has one of the name. */
  readonly privateNames: RegExp;
  /** The members of the base: whoever overrides one is called by the framework for what it returns. */
  readonly ownNames: ReadonlySet<string>;
  /** A method of the base that gives a callback to be called at the end: a promise beside it is passed over. */
  readonly asks: string;
}

export const classRoots: readonly ClassRoot[] = [
  // `run` of yeoman-generator's lib/index.js calls each method of the prototype by run-async, which waits for a promise and tells its failure.
  {
    framework: 'Yeoman',
    package: 'yeoman-generator',
    since: 1,
    bases: ['yeoman-generator', ...membersOf(['yeoman-generator'], ['Base', 'NamedBase', 'default'])],
    privateNames: /^_/,
    ownNames: new Set([
      ...[
        'argument',
        'async',
        'bowerInstall',
        'cancelCancellableTasks',
        'composeLocallyWithOptions',
        'composeWith',
        'config',
        'contextRoot',
      ],
      ...['copy', 'copyDestination', 'copyTemplate', 'deleteDestination', 'desc', 'destinationPath', 'destinationRoot', 'determineAppname'],
      ...['emit', 'env', 'existsDestination', 'fs', 'help', 'installDependencies', 'log', 'moveDestination', 'npmInstall', 'on', 'once'],
      ...['option', 'optionsHelp', 'packageJson', 'parseOptions', 'prompt', 'queueMethod', 'queueOwnTasks', 'queueTask', 'queueTasks'],
      ...['queueTransformStream', 'readDestination', 'readTemplate', 'registerTransformStream', 'renderTemplate', 'rootGeneratorName'],
      ...['rootGeneratorVersion', 'run', 'runInstall', 'scheduleInstallTask', 'setFeatures', 'sourceRoot', 'spawn', 'spawnCommand'],
      ...['spawnCommandSync', 'spawnSync', 'startOver', 'templatePath', 'usage', 'user', 'writeDestination', 'yarnInstall'],
      ...[
        '_addMessages',
        '_copy',
        '_getGlobalStorage',
        '_getStorage',
        '_globalConfig',
        '_prefillQuestions',
        '_running',
        '_setup',
        '_writeFiles',
      ],
    ]),
    asks: 'async',
  },
];
