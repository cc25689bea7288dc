/** Published jscodeshift transforms inside our pipeline. */

export { loadCodemod, type Codemod, type CodemodOptions } from './load.ts';
export { codemodTransform } from './transform.ts';
