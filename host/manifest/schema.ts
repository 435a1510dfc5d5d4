import { Ajv, type ErrorObject } from "ajv";
import configSchema from "../../manifests/islet.schema.json" with { type: "json" };
import washSchema from "../../manifests/wash-config.schema.json" with { type: "json" };
import schema from "../../manifests/workload.schema.json" with { type: "json" };
import type { ManifestDocument } from "./document.ts";
import type { Kind } from "./kind.ts";
import type { Report } from "./report.ts";
import { type Sentence, toSentence } from "./sentence.ts";

/** Reports everything in `document` that `manifests/workload.schema.json` does not allow in a document of that kind. */
export function checkSchema(document: ManifestDocument, kind: Kind, report: Report): void {
  for (const sentence of findFaults(document, `${SCHEMA}#/definitions/${kind}`)) {
    report.problem(sentence.code, sentence.location, sentence.message);
  }
}

/**
 * Reports everything in `document` that `manifests/wash-config.schema.json` does not allow.
 * Unknown keys are no mistakes: wash ignores them, and later versions of it have more of them.
 */
export function checkWashSchema(document: ManifestDocument, report: Report): void {
  for (const { code, location, message } of findFaults(document, WASH_SCHEMA)) {
    if (code === "unknown-key") report.notice(location, `${message}: it is ignored`);
    else report.problem(code, location, message);
  }
}

/** Reports everything in `document` that `manifests/islet.schema.json` does not allow. */
export function checkConfigSchema(document: ManifestDocument, report: Report): void {
  for (const { code, location, message } of findFaults(document, CONFIG_SCHEMA)) {
    report.problem(code, location, message);
  }
}

function findFaults(document: ManifestDocument, reference: string): Sentence[] {
  const validate = AJV.getSchema(reference);
  if (validate === undefined) throw new Error(`Cannot find ${reference} among the schemas`);
  if (validate(document.value) === true) return [];
  const errors = validate.errors ?? [];
  const mistyped = new Set(
    errors.filter(({ keyword }) => keyword === "type").map(({ instancePath }) => instancePath),
  );
  return errors.flatMap((error) => {
    // Of text where a number belongs it is no news that it is not one of the numbers allowed.
    const isNews = error.keyword === "type" || !isAboutValue(error, mistyped);
    return (isNews ? toSentence(document, error) : undefined) ?? [];
  });
}

function isAboutValue(error: ErrorObject, mistyped: ReadonlySet<string>): boolean {
  return error.propertyName === undefined && mistyped.has(error.instancePath);
}

const SCHEMA = "workload";
const WASH_SCHEMA = "wash-config";
const CONFIG_SCHEMA = "islet";

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
AJV.addSchema(washSchema, WASH_SCHEMA);
AJV.addSchema(configSchema, CONFIG_SCHEMA);
