/** A JSON schema (2020-12), as OpenAPI 3.1 has them. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

export const TEXT: Schema = { type: "string" };
export const INTEGER: Schema = { type: "integer" };
export const TIME: Schema = { type: "string", format: "date-time" };

export function text(description: string): Schema {
  return { type: "string", description };
}

export function list(items: Schema, description?: string): Schema {
  return { type: "array", items, ...(description !== undefined && { description }) };
}

export function oneOf(values: readonly string[], description?: string): Schema {
  return { type: "string", enum: values, ...(description !== undefined && { description }) };
}

export function orNull({ type, ...rest }: Schema): Schema {
  return { type: [type, "null"], ...rest };
}

export function refer(name: string): Schema {
  return { $ref: `${name}#` };
}

/** An object that has all of `properties` and nothing else. */
export function record(properties: Readonly<Record<string, Schema>>): Schema {
  return {
    type: "object",
    required: Object.keys(properties),
    properties,
    additionalProperties: false,
  };
}

/** A schema with a name. */
export function named(name: string, schema: Schema, description: string): Schema {
  return { $id: name, title: name, description, ...schema };
}
