import type { FastifyInstance } from "fastify";

/**
 * Gives the parameters of a query the types that their schemas ask for, where their text is one: all in a URL is text.
 * What is not stays as it is, for the schema to refuse.
 */
export function addTypedQueries(app: FastifyInstance): void {
  app.addHook("preValidation", async (request) => {
    const schema = request.routeOptions.schema?.querystring;
    if (!isSchema(schema) || typeof request.query !== "object" || request.query === null) return;
    const typed = Object.entries(request.query).map(([name, value]: [string, unknown]) => [
      name,
      toType(value, schema.properties[name]?.type),
    ]);
    request.query = Object.fromEntries(typed);
  });
}

interface QuerySchema {
  readonly properties: Readonly<Record<string, { readonly type?: string } | undefined>>;
}

function isSchema(schema: unknown): schema is QuerySchema {
  return typeof schema === "object" && schema !== null && "properties" in schema;
}

function toType(value: unknown, type: string | undefined): unknown {
  if (typeof value !== "string") return value;
  if (type === "boolean" && (value === "true" || value === "false")) return value === "true";
  if (type === "integer" && /^\d{1,15}$/.test(value)) return Number(value);
  return value;
}
