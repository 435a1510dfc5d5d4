import { type Document, LineCounter, parseAllDocuments, type YAMLError } from "yaml";
import { ManifestDocument } from "./document.ts";
import { Field } from "./field.ts";
import type { ManifestFile } from "./manifest-file.ts";
import type { Report } from "./report.ts";
import { convertNode } from "./yaml-node.ts";
import type { Location } from "./workload.ts";

/**
 * Reads the documents of a YAML 1.2 text (core schema), of which JSON is a part.
 * Documents with errors are left out and reported; so are empty ones, which are reported only where nothing else is there.
 */
export function parseYaml(text: string, file: ManifestFile, report: Report): ManifestDocument[] {
  const lines = new LineCounter();
  const toLocation = (offset: number): Location => {
    const { line, col } = lines.linePos(offset);
    return { file: file.name, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const parsed = parseAllDocuments(text, {
    ...YAML_OPTIONS,
    lineCounter: lines,
  });
  const documents = parsed.flatMap((document) => {
    const errors = [...document.errors, ...document.warnings];
    reportErrors(errors, toLocation, report);
    if (!isRead(document, toLocation, report)) return [];
    if (errors.length > 0 || isEmpty(document)) return [];
    const converted = convertNode(document.contents, toLocation, report);
    if (converted === undefined) return [];
    const { value, positions, duplicates } = converted;
    const manifest = new ManifestDocument(file, value, positions, toLocation);
    for (const { pointer, location } of duplicates) {
      report.problem("duplicate", location, `${Field.at(manifest, pointer).path} is given twice`);
    }
    return [manifest];
  });
  if (parsed.every((document) => document.errors.length === 0 && isEmpty(document))) {
    report.problem("unreadable", toLocation(0), "The file holds no document");
  }
  return documents;
}

const YAML_OPTIONS = {
  version: "1.2",
  schema: "core",
  // Tags such as !!binary would give values that JSON does not have.
  resolveKnownTags: false,
  stringKeys: true,
  // Told by convertNode, in words and without comparing each key with each other.
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: "error",
} as const;

// One mistake often makes the parser stumble over all that follows.
const ERRORS_MAX = 10;

function reportErrors(
  errors: readonly YAMLError[],
  toLocation: (offset: number) => Location,
  report: Report,
): void {
  const exhausted = errors.find(({ code }) => code === "RESOURCE_EXHAUSTION");
  const shown = exhausted === undefined ? errors.slice(0, ERRORS_MAX) : [exhausted];
  const lines = new Set<number>();
  for (const error of shown) {
    const location = toLocation(error.pos[0]);
    if (!lines.has(location.line)) report.problem("syntax", location, toSentence(error));
    lines.add(location.line);
  }
}

function toSentence({ code, message }: YAMLError): string {
  if (code === "RESOURCE_EXHAUSTION") return "The document is nested too deeply";
  return code === "NON_STRING_KEY" ? "A key must be text" : message;
}

/** A `%YAML` directive can ask for 1.1, in which `no` is false. */
function isRead(
  document: Document.Parsed,
  toLocation: (offset: number) => Location,
  report: Report,
): boolean {
  const { version } = document.directives.yaml;
  if (version === "1.2") return true;
  report.problem("syntax", toLocation(document.range[0]), `YAML ${version} is not read, 1.2 is`);
  return false;
}

function isEmpty(document: Document.Parsed): boolean {
  const { contents } = document;
  if (contents === null) return true;
  return contents.range[0] === contents.range[1] && contents.anchor === undefined;
}
