import type { CellReport } from "../bridge/main-end.ts";

type AddressReport = Extract<CellReport, { tag: "service-listening" | "service-closed" }>;

/** Where reports go; `CellEnd` has the same shape. */
interface ReportOutlet {
  send(report: CellReport): void;
  /** Calls `make` right before this turn's batch leaves. */
  beforeFlush(make: () => void): void;
}

/**
 * Tells of the addresses that a service opens and gives up, of each at most once in a batch.
 * A service may listen and close as often as it likes: what comes to nothing is not told, so that the main thread,
 * which has others to serve, is not kept busy.
 */
export class ServiceAddresses {
  readonly #outlet: ReportOutlet;
  /** The last word about each address that is not told yet. */
  readonly #news = new Map<string, AddressReport>();
  /** The addresses that are open, as far as was told, and the run that has each. */
  readonly #told = new Map<string, number>();

  constructor(outlet: ReportOutlet) {
    this.#outlet = outlet;
  }

  add(report: AddressReport): void {
    if (this.#news.size === 0) this.#outlet.beforeFlush(this.tell);
    this.#news.set(report.address, report);
  }

  /** Tells now what the batch would tell, for a report that comes behind it. */
  readonly tell = (): void => {
    const reports = [...this.#news.values()];
    this.#news.clear();
    for (const report of reports) if (this.#note(report)) this.#outlet.send(report);
  };

  /** Notes that `report` is told; false where there is nothing to tell. */
  #note({ tag, address, run }: AddressReport): boolean {
    if (tag === "service-closed") return this.#told.delete(address);
    if (this.#told.get(address) === run) return false;
    this.#told.set(address, run);
    return true;
  }
}
