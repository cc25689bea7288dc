import { availableParallelism } from 'node:os';

/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/tests/**/*.test.ts', '<rootDir>/{engine,cli,catalog,transforms}/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'nodenext' } }],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/fixtures', '<rootDir>/examples', '<rootDir>/.tmp'],
  reporters: ['default', '<rootDir>/scripts/jest-summary.js'],
  testSequencer: '<rootDir>/scripts/longest-first.js',
  // One more than there are cores: the tests wait for processes and disks of their own a good part of the time.
  maxWorkers: availableParallelism() + 1,
  testTimeout: 60_000,
};
