import type { LogLine } from "../bridge/message-to-main.ts";
import type { FleetParts } from "./fleet-parts.ts";
import type { HostedWorkload } from "./hosted-workload.ts";
import { Incarnation } from "./incarnation.ts";
import type { PreparedWorkload } from "./prepare.ts";
import { Replica } from "./replica.ts";
import type { RunningWorkload } from "./running-workload.ts";
import { startWorkload } from "./start.ts";
import type { WorkloadState } from "./state.ts";

/** Makes `count` replicas of `hosted`, which start when it is their turn; `tell` is called at each change of their states. */
export function incarnate(
  hosted: HostedWorkload,
  prepared: PreparedWorkload,
  count: number,
  parts: FleetParts,
  tell: (replica: Replica, state: WorkloadState) => void,
): Incarnation {
  const { gate } = parts;
  return new Incarnation({
    prepared,
    count,
    createReplica: (index, onState) => {
      const start = (note: (state: WorkloadState) => void): RunningWorkload =>
        startReplica(hosted, index, prepared, parts, note);
      return new Replica({ index, gate, onState, start });
    },
    onState: (replica, state) => {
      hosted.noteCells();
      tell(replica, state);
    },
  });
}

/** Starts the replica `index` of `hosted`, and leads what is heard of it to the workload's log and to the host. */
function startReplica(
  hosted: HostedWorkload,
  index: number,
  prepared: PreparedWorkload,
  parts: FleetParts,
  onState: (state: WorkloadState) => void,
): RunningWorkload {
  const { compiler, emit, warn, hostPorts, quota, createCell } = parts;
  using stack = new DisposableStack();
  const held = stack.use(hosted.volumes.attach(prepared.start, prepared.volumes, index));
  const running = startWorkload({
    prepared: { ...prepared, start: held.start },
    held,
    onState,
    onCell: () => hosted.noteCells(),
    onLog: (lines) => {
      for (const line of lines) print(hosted, index, line, emit);
    },
    onPort: (address, open) => emit({ tag: "port", workload: hosted.nameOf(index), address, open }),
    onDecision: (record) => emit({ tag: "decision", workload: hosted.nameOf(index), record }),
    onCachedData: (digest, data) => {
      compiler.storeCachedData(digest, data).catch((error: unknown) => {
        warn(`Cannot keep a code cache: ${String(error)}`);
      });
    },
    decisions: hosted.decisions,
    hostPorts,
    quota,
    createCell,
  });
  stack.move();
  return running;
}

function print(
  hosted: HostedWorkload,
  replica: number,
  { guest, stream, line }: LogLine,
  emit: FleetParts["emit"],
): void {
  const entry = hosted.log.append({ time: Date.now(), guest, stream, replica, line });
  if (entry === undefined) return;
  emit({ tag: "log", workload: hosted.nameOf(replica), guest, stream, line });
}
