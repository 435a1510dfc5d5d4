import type { HostedWorkload } from "./hosted-workload.ts";
import { OperationError } from "./operation-error.ts";

/** The one of `workloads` that has `reference` as its ID, or else as its name without a namespace. Throws `OperationError`. */
export function findWorkload(
  workloads: readonly HostedWorkload[],
  reference: string,
): HostedWorkload {
  const found = workloads.filter(
    ({ id, workload }) => id === reference || workload.name === reference,
  );
  const [first, ...others] = found.some(({ id }) => id === reference)
    ? found.filter(({ id }) => id === reference)
    : found;
  if (first === undefined) {
    throw new OperationError("not-found", `The host has no workload "${reference}"`);
  }
  if (others.length > 0) {
    const names = found.map(({ name }) => name).join(", ");
    const message = `"${reference}" is not one workload but several: ${names}`;
    throw new OperationError("ambiguous", message);
  }
  return first;
}
