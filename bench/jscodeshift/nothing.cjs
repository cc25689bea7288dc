/** Parses and prints nothing anew: the least that a codemod does. */
module.exports = (file, { jscodeshift }) => {
  jscodeshift(file.source);
};
