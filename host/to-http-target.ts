import { createServiceTarget } from "./ingress/http/service-target.ts";
import { type HttpTarget, TargetError, type TargetErrorCode } from "./ingress/http/target.ts";
import type { HttpRoute } from "./manifest/workload.ts";
import { WorkloadError, type WorkloadErrorCode } from "./workload/error.ts";
import type { Answerer } from "./workload/fleet-parts.ts";

/**
 * A workload as the ingress sees it; the two do not know of each other.
 * Its component answers, or, where the route says a port, the HTTP server of its service.
 */
export function toHttpTarget(answerer: Answerer, { port }: HttpRoute): HttpTarget & Disposable {
  const { name: workload, wayIn } = answerer;
  return port === undefined
    ? componentTarget(answerer)
    : createServiceTarget({ workload, wayIn, port });
}

function componentTarget(answerer: Answerer): HttpTarget & Disposable {
  return {
    workload: answerer.name,
    get isReady() {
      return answerer.isReady;
    },
    async handle(request, signal) {
      try {
        return await answerer.handle(request, signal);
      } catch (error) {
        throw error instanceof WorkloadError ? toTargetError(error) : error;
      }
    },
    [Symbol.dispose]: () => {},
  };
}

function toTargetError(error: WorkloadError): TargetError {
  return new TargetError(TARGET_CODE[error.code], error.reason, error, { cause: error });
}

const TARGET_CODE: Readonly<Record<WorkloadErrorCode, TargetErrorCode>> = {
  "unreadable-image": "not-running",
  "invalid-component": "not-running",
  "not-running": "not-running",
  "no-handler": "not-running",
  "guest-failed": "guest-failed",
  timeout: "timeout",
  overloaded: "overloaded",
  "cell-died": "died",
};
