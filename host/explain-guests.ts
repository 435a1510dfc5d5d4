import { explain } from "../policy/explain.ts";
import type { GuestPolicy, HostPolicy } from "../policy/policy.ts";
import type { Question } from "../policy/question.ts";
import type { Workload } from "./manifest/workload.ts";
import type { GuestExplanation } from "./operations.ts";
import { Machine } from "./wasi/egress/machine.ts";
import type { HostPorts } from "./workload/host-ports.ts";
import { OperationError } from "./workload/operation-error.ts";

/**
 * What policy answers to the guests of `workload`, or to the one called `guest`, on a host with that policy and those
 * ports. What guests have looked up is not known here. Throws `OperationError` where no guest is called that.
 */
export function explainGuests(
  workload: Workload,
  question: Question,
  guest: string | undefined,
  host: HostPolicy,
  hostPorts: HostPorts,
): readonly GuestExplanation[] {
  const machine = new Machine();
  machine.setOwnPorts(hostPorts.current);
  const facts = {
    namesOf: () => [],
    isOwnAddress: (address: string) => machine.isOwnAddress(address),
    isOwnPort: (protocol: "tcp" | "udp", port: number) => machine.isOwnPort(protocol, port),
  };
  const asked = policiesOf(workload).filter(({ name }) => guest === undefined || name === guest);
  if (asked.length === 0 && guest !== undefined) {
    const message = `${workload.namespace}/${workload.name} has no guest "${guest}"`;
    throw new OperationError("not-found", message);
  }
  return asked.map(({ name, policy }) => ({
    guest: name,
    explanation: explain({ ...policy, ...host }, question, facts),
  }));
}

function policiesOf({
  service,
  components,
}: Workload): readonly { readonly name: string; readonly policy: GuestPolicy }[] {
  const guests = components.map(({ name, policy }) => ({ name, policy }));
  return service === undefined ? guests : [{ name: "service", policy: service.policy }, ...guests];
}
