import { describe, expect, test } from '@jest/globals';
import { ts } from 'ts-morph';
import { sourceHabits } from '../../engine/source/habits.ts';
import { indentationUnit } from '../../engine/source/indentation.ts';
import { commentsIn, hasBlankLine, placed } from '../../engine/source/layout.ts';
import { slice } from '../../engine/source/slice.ts';

function parse(text: string): ts.SourceFile {
  return ts.createSourceFile('a.js', text, ts.ScriptTarget.ESNext, true, ts.ScriptKind.JS);
}

/** The statements of the one function in the text. */
function statementsOf(file: ts.SourceFile): readonly ts.Statement[] {
  const [fn] = file.statements;
  if (fn === undefined || !ts.isFunctionDeclaration(fn) || fn.body === undefined) throw new Error('no function');
  return fn.body.statements;
}

function statementAt(file: ts.SourceFile, index: number): ts.Statement {
  const statement = statementsOf(file)[index];
  if (statement === undefined) throw new Error(`no statement ${index}`);
  return statement;
}

describe('a slice of the source', () => {
  test('moves with all its lines', () => {
    const file = parse('function f() {\n    if (a) {\n        b();\n\n    }\n}\n');
    const first = statementAt(file, 0);
    expect(slice(file, placed(file, first), '  ')).toBe('if (a) {\n      b();\n\n  }');
  });

  test('leaves the lines of template literals alone, and moves those of the code inside them', () => {
    const file = parse('function f() {\n    log(`one\n    two ${call(\n      x,\n    )}\n    three`);\n}\n');
    const first = statementAt(file, 0);
    expect(slice(file, placed(file, first), '')).toBe('log(`one\n    two ${call(\n  x,\n)}\n    three`);');
  });

  test('keeps the line endings of Windows', () => {
    const file = parse('function f() {\r\n    if (a) {\r\n        b();\r\n    }\r\n}\r\n');
    const first = statementAt(file, 0);
    expect(slice(file, placed(file, first), '  ')).toBe('if (a) {\r\n      b();\r\n  }');
  });

  test('takes edits whose text is final', () => {
    const file = parse('function f() {\n    if (a) {\n        b(err);\n    }\n}\n');
    const first = statementAt(file, 0);
    const at = file.text.indexOf('err');
    expect(slice(file, placed(file, first), '', [{ start: at, end: at + 3, text: '{\n  x }' }])).toBe('if (a) {\n    b({\n  x });\n}');
  });

  test('moves a comment with the statement that it belongs to', () => {
    const file = parse('function f() {\n  a(); // of a\n\n  // of b\n  /*\n   * more of b\n   */\n  b(); // behind b\n}\n');
    const second = statementAt(file, 1);
    const range = placed(file, second);
    expect(range.blankBefore).toBe(true);
    expect(slice(file, range, '    ')).toBe('// of b\n    /*\n     * more of b\n     */\n    b(); // behind b');
  });

  test('finds the comments in a range, and not what looks like one in a string', () => {
    const file = parse("f(/* one */ a, // two\n  '// no', `/* no */`);");
    expect(commentsIn(file, { start: 0, end: file.text.length }).map((one) => file.text.slice(one.pos, one.end))).toEqual([
      '/* one */',
      '// two',
    ]);
  });
});

describe('the habits of a file', () => {
  test.each([
    ['two spaces', 'if (a) {\n  b();\n}', '  '],
    ['four spaces', 'if (a) {\n    b();\n}', '    '],
    ['tabs', 'if (a) {\n\tb();\n}', '\t'],
    ['no block at all', 'a();', '  '],
  ])('indentation: %s', (_name, text, unit) => {
    expect(indentationUnit(parse(text))).toBe(unit);
  });

  test('quotes, semicolons and declarations', () => {
    expect(sourceHabits(parse('var a = "x"\nvar b = "y"\nf()'))).toMatchObject({
      quote: '"',
      semicolon: '',
      constant: 'var',
      variable: 'var',
    });
    expect(sourceHabits(parse("const a = 'x';\nlet b = 1;\nf();"))).toMatchObject({ quote: "'", semicolon: ';', constant: 'const' });
  });

  test('a blank line is one with nothing but white space', () => {
    expect(hasBlankLine('\n  \n')).toBe(true);
    expect(hasBlankLine('\r\n')).toBe(false);
  });
});
