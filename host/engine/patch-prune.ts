/**
 * Removes the declarations of `code` that neither `rest` nor a kept part of `code` mentions.
 * jco puts its whole runtime into each component; without the machinery of tasks most of
 * it is dead, and each instance would make its classes and closures anew.
 *
 * `code` is a sequence of statements as jco writes them, one or more whole lines each.
 * Only functions, classes and single constants are removed, and a name counts as mentioned
 * wherever it stands, also in a string: too much is kept, never too little.
 * If the lines do not add up to statements, nothing is removed.
 */
export function pruneDeclarations(
  code: string,
  rest: string,
): { readonly code: string; readonly count: number } {
  const statements = splitStatements(code);
  if (statements === undefined) return { code, count: 0 };
  const declarations = new Map<string, string>();
  const kept = new Set<string>();
  const mentions: string[] = [rest];
  for (const statement of statements) {
    const name = DECLARATION.exec(statement)?.[1];
    if (name === undefined || declarations.has(name)) {
      kept.add(statement);
      mentions.push(statement);
    } else declarations.set(name, statement);
  }
  for (let text = mentions.pop(); text !== undefined; text = mentions.pop()) {
    for (const [name] of text.matchAll(IDENTIFIER)) {
      const statement = declarations.get(name);
      if (statement === undefined) continue;
      declarations.delete(name);
      kept.add(statement);
      mentions.push(statement);
    }
  }
  return {
    code: statements.filter((statement) => kept.has(statement)).join(""),
    count: statements.length - kept.size,
  };
}

const DECLARATION = /^(?:(?:async )?function|class|const) ([\w$]+)/;
const IDENTIFIER = /[\w$]+/g;
const STATEMENT = /^(?:async function |function |class |const |let |if |for |var |;?\()/;

function splitStatements(code: string): string[] | undefined {
  const statements: string[] = [];
  let statement = "";
  let depth = 0;
  for (const line of code.split(/(?<=\n)/)) {
    if (depth === 0 && !STATEMENT.test(line)) {
      // The last line of what went before, `});` say, or a line that nobody has thought of.
      if (!/^[)\]};]*$/.test(line.trim())) return undefined;
    }
    statement += line;
    for (const bracket of line.match(/[()[\]{}]/g) ?? []) {
      depth += "([{".includes(bracket) ? 1 : -1;
      if (depth < 0) return undefined;
    }
    if (depth === 0) {
      statements.push(statement);
      statement = "";
    }
  }
  return statement === "" ? statements : undefined;
}
