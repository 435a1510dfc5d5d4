import type { CellReport } from "../bridge/main-end.ts";
import type { Cell, CreateCell } from "./cell.ts";
import type { CellStart } from "./cell-start.ts";
import type { HostPorts } from "./host-ports.ts";
import { OpenPorts } from "./open-ports.ts";
import { SwitchedWayIn } from "./way-in.ts";

export interface CellSeatOptions {
  readonly start: CellStart;
  readonly createCell: CreateCell;
  /** The ports that cells keep their guests away from. */
  readonly hostPorts: HostPorts;
  /** What the present cell says. */
  readonly onReport: (report: CellReport) => void;
  /** The present cell ended by itself, or there was no place for it; it is the present one no more. */
  readonly onDeath: (reason: string) => void;
  /** A port of the workload's own network, `address:port`, that its service opened or gave up. */
  readonly onPort: (address: string, open: boolean) => void;
  /** The present cell has loaded, or there is none any more. */
  readonly onChange: () => void;
}

/** The cells of one supervisor, one at a time. What is heard of former ones is nobody's concern. */
export class CellSeat {
  /** The way into the network of the present cell. */
  readonly wayIn: SwitchedWayIn = new SwitchedWayIn();
  readonly #options: CellSeatOptions;
  readonly #watch: Disposable;
  readonly #ports: OpenPorts;
  readonly #loaded = Promise.withResolvers<void>();
  #cell: Cell | undefined;
  #isLoaded = false;
  /** Settles when all cells so far have ended. */
  #ended: Promise<void> = Promise.resolve();

  constructor(options: CellSeatOptions) {
    this.#options = options;
    this.#ports = new OpenPorts(options.onPort);
    this.#watch = options.hostPorts.watch((ports) => this.loaded?.setOwnPorts(ports));
  }

  /** The present cell, once it has loaded. */
  get loaded(): Cell | undefined {
    return this.#isLoaded ? this.#cell : undefined;
  }

  /** Whether there is no cell, loaded or not. */
  get isEmpty(): boolean {
    return this.#cell === undefined;
  }

  /** Settles when the first cell has loaded, or will not any more. */
  get begun(): Promise<void> {
    return this.#loaded.promise;
  }

  /** `address:port` of all that the service listens on. */
  get ports(): readonly string[] {
    return this.#ports.addresses;
  }

  /** Starts a cell. There is none now. Where the machine or the host's quota has no place for it, it dies at once. */
  begin(): void {
    try {
      this.#cell = this.#create();
      this.wayIn.setTargets([this.#cell.wayIn]);
    } catch (error) {
      // Nobody may wait for a cell that never was.
      this.#loaded.resolve();
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.onDeath(`its thread could not be started: ${reason}`);
    }
  }

  /** Ends the present cell, in order where that goes quickly. */
  end(): void {
    const cell = this.#cell;
    if (cell === undefined) return;
    this.#cell = undefined;
    this.#isLoaded = false;
    this.#loaded.resolve();
    this.wayIn.setTargets([]);
    this.#ports.clear();
    this.#options.onChange();
    const before = this.#ended;
    this.#ended = cell.stop().then(() => before);
  }

  /** No cell begins any more. */
  retire(): void {
    this.#watch[Symbol.dispose]();
  }

  /** Ends the present cell and settles when all of them have ended. */
  async close(): Promise<void> {
    this.retire();
    this.end();
    this.wayIn.close();
    await this.#ended;
  }

  #create(): Cell {
    const { start, createCell, onDeath } = this.#options;
    const cell: Cell = createCell(start, {
      report: (report) => {
        if (this.#cell === cell) this.#onReport(report);
      },
      died: (reason) => {
        if (this.#cell !== cell) return;
        this.end();
        onDeath(reason);
      },
    });
    return cell;
  }

  #onReport(report: CellReport): void {
    if (report.tag === "service-listening") this.#ports.open(report.address);
    if (report.tag === "service-closed") this.#ports.close(report.address);
    if (report.tag === "ready") {
      this.#isLoaded = true;
      this.#cell?.setOwnPorts(this.#options.hostPorts.current);
      this.#loaded.resolve();
      this.#options.onChange();
    }
    this.#options.onReport(report);
  }
}
