import { checkSchema } from "./schema.ts";
import type { Declaration } from "./declaration.ts";
import { Field } from "./field.ts";
import { readKind } from "./kind.ts";
import type { ManifestFile } from "./manifest-file.ts";
import { noteFieldsWithoutEffect } from "./no-effect.ts";
import type { Report } from "./report.ts";
import { checkSupported } from "./unsupported.ts";
import { parseYaml } from "./yaml.ts";

/**
 * Reads the documents of one manifest and checks all that can be checked without other files.
 * Documents with mistakes are among the result as well, so that others can refer to them.
 */
export function parseManifest(text: string, file: ManifestFile, report: Report): Declaration[] {
  return parseYaml(text, file, report).flatMap((document) => {
    const root = Field.root(document);
    const kind = readKind(root, report);
    if (kind === undefined) return [];
    const declaration = { kind, root };
    checkSchema(document, kind, report);
    checkSupported(declaration, report);
    noteFieldsWithoutEffect(declaration, report);
    return [declaration];
  });
}
