/** @type {import('jest').Config} */
export default {
  testMatch: ['<rootDir>/tests/**/*.test.ts', '<rootDir>/{engine,cli,catalog,transforms}/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'nodenext' } }],
  },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/fixtures', '<rootDir>/examples', '<rootDir>/.tmp'],
  reporters: ['default', '<rootDir>/scripts/jest-summary.js'],
  // As many as there are cores: the tests wait for processes of their own most of the time.
  maxWorkers: '100%',
  testTimeout: 60_000,
};
