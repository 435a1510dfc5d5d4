import { decodeBase64 } from "./base64.ts";
import { type Declaration, isWorkload, qualifiedName } from "./declaration.ts";
import type { Field } from "./field.ts";
import type { Kind } from "./kind.ts";
import type { Report } from "./report.ts";

/** The kinds of document that others refer to by name. */
export type SourceKind = Exclude<Kind, "Workload" | "WorkloadDeployment" | "WorkloadReplicaSet">;

/** What the given files hold for workloads to refer to: ConfigMaps, Secrets and Artifacts, each in its namespace. */
export class Sources {
  readonly #declarations = new Map<string, Declaration>();
  readonly #used = new Set<Declaration>();
  readonly #report: Report;

  constructor(declarations: readonly Declaration[], report: Report) {
    this.#report = report;
    for (const declaration of declarations.filter((each) => !isWorkload(each))) {
      const key = `${declaration.kind} ${qualifiedName(declaration)}`;
      if (!this.#declarations.has(key)) this.#declarations.set(key, declaration);
    }
  }

  /** The document that `reference`, `{ name }` in a document of `namespace`, stands for; a problem where there is none. */
  resolve(kind: SourceKind, namespace: string, reference: Field): Field | undefined {
    const field = reference.at("name");
    if (field.text === undefined) return undefined;
    const declaration = this.#declarations.get(`${kind} ${namespace}/${field.text}`);
    if (declaration === undefined) {
      // It may be in what could not be read.
      if (!this.#report.incomplete) {
        const message = `${field.path}: the ${kind} ${JSON.stringify(field.text)} of namespace ${namespace} is not in the given files`;
        this.#report.problem("unresolved", field.location, message);
      }
      return undefined;
    }
    this.#used.add(declaration);
    return declaration.root;
  }

  /** The values of a ConfigMap. */
  configMap(namespace: string, reference: Field): [string, string][] {
    const root = this.resolve("ConfigMap", namespace, reference);
    if (root === undefined) return [];
    const data = root.at("data");
    const binaryData = root.at("binaryData");
    return [...this.#decode(binaryData), ...data.textEntries()];
  }

  /** The values of a Secret. */
  secret(namespace: string, reference: Field): [string, string][] {
    const root = this.resolve("Secret", namespace, reference);
    if (root === undefined) return [];
    return [...this.#decode(root.at("data")), ...root.at("stringData").textEntries()];
  }

  /** Tells of documents that nothing refers to. */
  noteUnused(): void {
    for (const declaration of this.#declarations.values()) {
      if (!this.#used.has(declaration)) {
        const { kind, root } = declaration;
        const message = `${kind} ${qualifiedName(declaration)} is not used by any workload`;
        this.#report.notice(root.location, message);
      }
    }
  }

  #decode(data: Field): [string, string][] {
    return data.entries().flatMap(([key, field]): [string, string][] => {
      if (field.text === undefined) return [];
      const decoded = decodeBase64(field.text);
      if (decoded.tag === "text") return [[key, decoded.text]];
      // The value itself stays out of the message: it may be a secret.
      const demand =
        decoded.tag === "malformed" ? "must be base64" : "must be UTF-8 text in base64";
      this.#report.problem("bad-value", field.location, `${field.path} ${demand}`);
      return [];
    });
  }
}
