import { defineConfig } from 'eslint/config';
import importX from 'eslint-plugin-import-x';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import tseslint from 'typescript-eslint';

const house = import.meta.dirname;

/** Imports run downward only: cli → engine/run → transforms → engine parts → catalog. */
const zones = [
  { target: './catalog', from: ['./cli', './engine', './transforms', './tests'], message: 'The catalog is data and imports nothing.' },
  {
    target: './engine',
    from: ['./cli', './transforms', './tests'],
    message: 'The engine knows neither the command line nor any transform.',
  },
  {
    target: './transforms',
    from: ['./cli', './tests', './engine/run', './engine/run.ts', './engine/journal', './engine/discover'],
    message: 'A transform finds and proposes; it knows neither the run, nor the command line, nor the file system.',
  },
];

const transformNames = readdirSync(path.join(house, 'transforms'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

/** The command line knows transforms by the registry only. */
const onlyRegistry = transformNames.map((name) => ({
  target: './cli',
  from: `./transforms/${name}`,
  message: 'Go through transforms/registry.ts.',
}));

const apart = transformNames.map((name) => ({
  target: `./transforms/${name}`,
  from: './transforms',
  except: [`./${name}`, './summaries.ts'],
  message: 'A transform does not know another; what two need is an engine part.',
}));

export default defineConfig(
  { ignores: ['dist', 'coverage', '.tmp', 'fixtures', 'examples', '**/.nodelift'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: house } },
    rules: {
      'import-x/no-restricted-paths': ['error', { basePath: house, zones: [...zones, ...onlyRegistry, ...apart] }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidOperator: true }],
      // Destructuring to leave a property out.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['tests/**/*.ts', '**/*.test.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['cli/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
);
