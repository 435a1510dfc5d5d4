import type { FastifyError, FastifySchemaValidationError } from "fastify";
import { ForwardError, type ForwardErrorCode } from "../ingress/forward/error.ts";
import { ManifestError } from "../manifest/error.ts";
import { TunnelRequestError } from "../tunnel/to-request.ts";
import { ApplyError } from "../workload/apply-error.ts";
import { OperationError, type OperationErrorCode } from "../workload/operation-error.ts";
import { type ProblemCode, type ProblemDetail, ProblemError } from "./problem.ts";

/** What a client is told of an error; undefined for faults of the host, which are nobody else's business. */
export function toProblemError(error: unknown): ProblemError | undefined {
  if (error instanceof ProblemError) return error;
  if (error instanceof ManifestError) return fromManifestError(error);
  if (error instanceof OperationError) {
    return new ProblemError(OPERATION[error.code], error.message);
  }
  if (error instanceof ForwardError) return new ProblemError(FORWARD[error.code], error.message);
  if (error instanceof TunnelRequestError) {
    return new ProblemError("invalid-request", error.message);
  }
  if (!(error instanceof Error)) return undefined;
  if (error instanceof ApplyError) return fromApplyError(error);
  return fromFrameworkError(error);
}

/** Junk can hold a mistake in each of its bytes; nobody reads past the first screens. */
const ERRORS_MAX = 1000;

function fromManifestError({ problems }: ManifestError): ProblemError {
  const errors = problems
    .slice(0, ERRORS_MAX)
    .map(({ location, message, code }): ProblemDetail => ({
      detail: message,
      file: location.file,
      line: location.line,
      column: location.column,
      code,
    }));
  const count = problems.length === 1 ? "one mistake" : `${problems.length} mistakes`;
  return new ProblemError("invalid-manifest", `The manifests have ${count}; nothing was applied`, {
    errors,
  });
}

function fromApplyError(error: ApplyError): ProblemError {
  const errors = error.errors.map((each): ProblemDetail => ({
    detail: each instanceof Error ? each.message : String(each),
  }));
  return new ProblemError("cannot-run", "A workload cannot run; nothing was applied", { errors });
}

const OPERATION: Readonly<Record<OperationErrorCode, ProblemCode>> = {
  "not-found": "not-found",
  ambiguous: "ambiguous",
  conflict: "conflict",
  closed: "closed",
};

const FORWARD: Readonly<Record<ForwardErrorCode, ProblemCode>> = {
  conflict: "conflict",
  privileged: "port-not-allowed",
  blocked: "port-not-allowed",
  unavailable: "cannot-forward",
  limit: "conflict",
  closed: "conflict",
};

/** What the framework found wrong with a request. */
function fromFrameworkError(error: Error): ProblemError | undefined {
  if (isValidationError(error)) return fromValidation(error);
  const code = "code" in error ? String(error.code) : "";
  const status = "statusCode" in error ? Number(error.statusCode) : 500;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return new ProblemError("too-large", "The body is larger than this route takes");
  }
  if (status === 415) {
    return new ProblemError("not-json", "The body must be JSON: content-type: application/json");
  }
  // Not all that the framework says is about the request; what it blames on the client is.
  return status >= 400 && status < 500
    ? new ProblemError("invalid-request", error.message)
    : undefined;
}

function isValidationError(error: Error): error is FastifyError & ValidatedError {
  return "validation" in error && Array.isArray(error.validation);
}

interface ValidatedError {
  readonly validation: readonly FastifySchemaValidationError[];
}

function fromValidation({
  validation,
  validationContext,
}: FastifyError & ValidatedError): ProblemError {
  const part = validationContext === "querystring" ? "query" : (validationContext ?? "body");
  // That the body as a whole does not match adds nothing to why.
  const causes = validation.filter(({ keyword }) => keyword !== "if");
  const errors = causes.map(({ instancePath, message, params }): ProblemDetail => {
    const extra = params["additionalProperty"];
    const name =
      typeof extra === "string" ? `${instancePath}/${escapePointer(extra)}` : instancePath;
    const pointer = part === "body" ? name : name.slice(1);
    const values = params["allowedValues"];
    const list = Array.isArray(values) ? `: ${values.join(", ")}` : "";
    return {
      detail: typeof extra === "string" ? "is unknown here" : `${message ?? "is wrong"}${list}`,
      pointer,
    };
  });
  const [first] = errors;
  const what = first?.pointer === "" ? `The ${part}` : `${part} ${first?.pointer ?? ""}`;
  return new ProblemError("invalid-request", `${what} ${first?.detail ?? "is wrong"}`, { errors });
}

function escapePointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
