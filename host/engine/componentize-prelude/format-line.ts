/** The values of a console call as one text: strings as they are, errors with their trace, the rest as JSON where it can. */
export function formatLine(values: readonly unknown[]): string {
  return values.map(formatValue).join(" ");
}

function formatValue(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return formatError(value);
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === "bigint" ? String(inner) : inner,
    );
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** QuickJS has no message in the trace, V8 has. */
function formatError(error: Error): string {
  const head = String(error);
  const trace = error.stack?.trimEnd() ?? "";
  if (trace === "") return head;
  return trace.startsWith(head) ? trace : `${head}\n${trace}`;
}
