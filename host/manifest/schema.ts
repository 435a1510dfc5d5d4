import { Ajv, type ErrorObject } from "ajv";
import schema from "../../manifests/workload.schema.json" with { type: "json" };
import type { ManifestDocument } from "./document.ts";
import type { Kind } from "./kind.ts";
import type { Report } from "./report.ts";
import { toSentence } from "./sentence.ts";

/** Reports everything in `document` that `manifests/workload.schema.json` does not allow in a document of that kind. */
export function checkSchema(document: ManifestDocument, kind: Kind, report: Report): void {
  const validate = AJV.getSchema(`${SCHEMA}#/definitions/${kind}`);
  if (validate === undefined) throw new Error(`Cannot find ${kind} in the schema of manifests`);
  if (validate(document.value) === true) return;
  const errors = validate.errors ?? [];
  const mistyped = new Set(
    errors.filter(({ keyword }) => keyword === "type").map(({ instancePath }) => instancePath),
  );
  for (const error of errors) {
    // Of text where a number belongs it is no news that it is not one of the numbers allowed.
    const isNews = error.keyword === "type" || !isAboutValue(error, mistyped);
    const sentence = isNews ? toSentence(document, error) : undefined;
    if (sentence !== undefined) report.problem(sentence.code, sentence.location, sentence.message);
  }
}

function isAboutValue(error: ErrorObject, mistyped: ReadonlySet<string>): boolean {
  return error.propertyName === undefined && mistyped.has(error.instancePath);
}

const SCHEMA = "workload";

const AJV = new Ajv({
  strict: true,
  allowUnionTypes: true,
  allErrors: true,
  verbose: true,
  // A test validates the schema itself; doing it at each start would double the time.
  validateSchema: false,
  meta: false,
  // Optimizing what runs once for each document takes longer than it saves.
  code: { optimize: false },
});
// The words for a pattern; editors built on VS Code's JSON language service show them as well.
AJV.addVocabulary(["patternErrorMessage"]);
AJV.addSchema(schema, SCHEMA);
