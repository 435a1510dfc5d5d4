import type { CellStart } from "../../../host/workload/cell-start.ts";
import { HostPorts } from "../../../host/workload/host-ports.ts";
import type { RestartOptions } from "../../../host/workload/restart-schedule.ts";
import type { WorkloadState } from "../../../host/workload/state.ts";
import { Supervisor } from "../../../host/workload/supervisor.ts";
import { cellStart, type FakeCell, FakeCells } from "./fake-cell.ts";
import { FakeClock } from "./fake-clock.ts";

/** A supervisor over fake cells and a fake clock, with chance out of the game. */
export class Supervised {
  readonly clock: FakeClock = new FakeClock();
  readonly cells: FakeCells = new FakeCells();
  readonly hostPorts: HostPorts = new HostPorts();
  readonly states: WorkloadState[] = [];
  readonly heard: unknown[] = [];
  readonly supervisor: Supervisor;

  constructor(
    start: Partial<CellStart> = {},
    {
      maxRestarts = 20,
      policy = "on-failure",
    }: Partial<
      Pick<RestartOptions, "maxRestarts"> & Pick<RestartOptions["restart"], "policy">
    > = {},
    refusal?: Error,
  ) {
    this.cells.refusal = refusal;
    const full = cellStart(start);
    this.supervisor = new Supervisor({
      start: full,
      restart: full.service && {
        maxRestarts,
        restart: { policy, backoff: { initial: 100, max: 10_000 }, healthyAfter: 60_000 },
      },
      createCell: this.cells.create,
      hostPorts: this.hostPorts,
      clock: this.clock,
      random: () => 0.5,
      onState: (state) => this.states.push(state),
      onLog: (lines) => this.heard.push(["log", lines]),
      onPort: (address, open) => this.heard.push(["port", address, open]),
      onCachedData: (digest, data) => this.heard.push(["cached", digest, data.length]),
    });
  }

  get state(): WorkloadState {
    return this.supervisor.state;
  }

  get cell(): FakeCell {
    return this.cells.last;
  }

  startListening(): void {
    this.cell.report({ tag: "ready" });
    this.cell.listen();
  }
}
