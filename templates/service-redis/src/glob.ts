/** Redis' patterns: `*`, `?`, `[abc]`, `[^a-z]`, and `\` before a character that means itself. */
export function globToRegExp(pattern: string): RegExp {
  // Stars in a row mean what one does, and cost a matcher dearly.
  const source = pattern.replaceAll(/\*+/g, "*").replaceAll(TOKEN, (token) => {
    if (token === "*") return "[^]*";
    if (token === "?") return "[^]";
    if (token.length > 1 && token.startsWith("[")) return toClass(token);
    return escape(token.length > 1 ? token.slice(1) : token);
  });
  return new RegExp(`^${source}$`);
}

const TOKEN = /\\[^]|\[\^?[^\]]*\]|[^]/g;

function toClass(token: string): string {
  const negated = token.startsWith("[^");
  const inside = token.slice(negated ? 2 : 1, -1);
  // An empty class matches nothing, its opposite everything.
  const members = inside.replaceAll("\\", "").replaceAll(/[\]^[]/g, "\\$&");
  return `[${negated ? "^" : ""}${members}]`;
}

function escape(character: string): string {
  return character.replaceAll(/[$()*+.?[\\\]^{|}/-]/g, "\\$&");
}
