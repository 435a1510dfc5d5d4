/** The prefix that holds every path. */
export const ROOT = "/";

/** A prefix as the table keeps it: `/api` for `/api/`. */
export function toPrefix(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

/**
 * Whether `path` (with or without a query) is `prefix` or lies below it: `/api` holds `/api`, `/api/` and `/api/x?y`,
 * and not `/apis`. `path` has been through `normalizePath`.
 */
export function isBelow(path: string, prefix: string): boolean {
  if (prefix === ROOT) return true;
  if (!path.startsWith(prefix)) return false;
  const next = path.charCodeAt(prefix.length);
  return Number.isNaN(next) || next === SLASH || next === QUESTION_MARK;
}

/**
 * The path in the form in which prefixes are compared (RFC 3986 §6.2.2): letters that need no escape without one,
 * dot segments resolved, the query cut off. Whoever answers gets the path as it was sent.
 */
export function normalizePath(pathWithQuery: string): string {
  if (!NEEDS_WORK.test(pathWithQuery)) return pathWithQuery;
  const [path = ROOT] = pathWithQuery.split("?", 1);
  return resolveDots(path.replaceAll(ESCAPE, unescapeUnreserved));
}

const SLASH = 47;
const QUESTION_MARK = 63;
const NEEDS_WORK = /%|\/\.\.?(?:[/?]|$)/;
const ESCAPE = /%([0-9a-f]{2})/gi;
const UNRESERVED = /[\w.~-]/;

function unescapeUnreserved(escape: string, digits: string): string {
  const character = String.fromCharCode(Number.parseInt(digits, 16));
  return UNRESERVED.test(character) ? character : escape;
}

/** RFC 3986 §5.2.4. */
function resolveDots(path: string): string {
  const segments = path.split("/");
  const kept: string[] = [];
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1;
    if (segment === "..") {
      if (kept.length > 1) kept.pop();
      if (isLast) kept.push("");
    } else if (segment === ".") {
      if (isLast) kept.push("");
    } else {
      kept.push(segment);
    }
  }
  return kept.join("/");
}
