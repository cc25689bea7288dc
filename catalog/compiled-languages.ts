/** Languages that are compiled to JavaScript, and that this tool does not read. Node loads modules of a project from them as from JavaScript. */

/** How the names of such files end. */
export const compiledEndings: readonly string[] = ['.coffee', '.litcoffee', '.coffee.md', '.iced', '.ls'];

/** Such files without an ending. */
export const compiledNames: readonly string[] = ['Cakefile'];
