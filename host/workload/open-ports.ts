/** The ports of its own network that one replica listens on, each as `address:port`. */
export class OpenPorts {
  readonly #open = new Set<string>();
  readonly #onChange: (address: string, open: boolean) => void;

  constructor(onChange: (address: string, open: boolean) => void) {
    this.#onChange = onChange;
  }

  get addresses(): readonly string[] {
    return [...this.#open];
  }

  open(address: string): void {
    this.#open.add(address);
    this.#onChange(address, true);
  }

  close(address: string): void {
    if (this.#open.delete(address)) this.#onChange(address, false);
  }

  /** The network is gone, and all ports with it. */
  clear(): void {
    for (const address of this.#open) this.close(address);
  }
}
