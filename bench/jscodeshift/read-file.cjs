/** `fs.readFileSync(…)` becomes `await fs.promises.readFile(…)`, by its spelling, wherever it stands. */
module.exports = (file, { jscodeshift: j }) => {
  const callee = { object: { name: 'fs' }, property: { name: 'readFileSync' } };
  const calls = j(file.source).find(j.CallExpression, { callee });
  calls.replaceWith(({ node }) =>
    j.awaitExpression(
      j.callExpression(
        j.memberExpression(j.memberExpression(j.identifier('fs'), j.identifier('promises')), j.identifier('readFile')),
        node.arguments,
      ),
    ),
  );
  return calls.size() > 0 ? calls.toSource() : undefined;
};
