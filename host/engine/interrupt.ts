import { InstanceMemory } from "./instance-memory.ts";
import { createCheck } from "./interrupt-check.ts";
import { INTERRUPT_MODULE } from "./interrupt-module.ts";
import { readMemoryLimits } from "./memory-limits.ts";

/** What instrumented code is told where it asks whether it may go on. */
export const InterruptAnswer = {
  /** It goes on. */
  goOn: 0,
  /** It lets the event loop go round and asks again; where its stack cannot be suspended, it goes on. */
  pause: 1,
  /** It traps, at once and whatever it would catch. */
  end: 2,
} as const;
export type InterruptAnswer = (typeof InterruptAnswer)[keyof typeof InterruptAnswer];

/** How one instance is interrupted. */
export interface Interrupt {
  /** One page, shared with whoever asks: while its first 32 bits are not 0, the instance calls `ask` at each check. */
  readonly flag: WebAssembly.Memory;
  /** Decides. Must not throw. */
  ask(): InterruptAnswer;
  /** Resolves when a paused instance shall ask again. Must not reject. */
  pause(): Promise<void>;
}

/** The interrupt of an instance that nobody interrupts. */
export class NoInterrupt implements Interrupt {
  readonly flag: WebAssembly.Memory = createFlag();

  ask(): InterruptAnswer {
    return InterruptAnswer.goOn;
  }

  async pause(): Promise<void> {}
}

/** The memory for `Interrupt.flag`; structured clones share it. */
export function createFlag(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
}

/** The core modules of one instance of a component are instantiated with this; `interrupt` is theirs together. */
export class InterruptLinker {
  readonly #interrupt: Interrupt;
  readonly #memory: InstanceMemory;
  #check: unknown;

  /** `memory`: what all memories of the instance may hold together, in bytes. */
  constructor(interrupt: Interrupt, memory: number) {
    this.#interrupt = interrupt;
    this.#memory = new InstanceMemory(memory);
  }

  /** Makes an instance of `module`, with what instrumented code imports. */
  instantiate(
    module: WebAssembly.Module,
    imports: Record<string, Record<string, unknown>> | undefined,
  ): WebAssembly.Instance {
    if (!isInstrumented(module)) return new WebAssembly.Instance(module, imports);
    this.#check ??= createCheck(this.#interrupt);
    const { admit, admit64 } = this.#memory;
    const own: Record<string, unknown> = {
      check: this.#check,
      flag: this.#interrupt.flag,
      admit,
      admit64,
    };
    for (const [index, limits] of readMemoryLimits(module).entries()) {
      own[`memory${index}`] = this.#memory.create(limits);
    }
    return new WebAssembly.Instance(module, { ...imports, [INTERRUPT_MODULE]: own });
  }
}

function isInstrumented(module: WebAssembly.Module): boolean {
  return WebAssembly.Module.imports(module).some((entry) => entry.module === INTERRUPT_MODULE);
}
