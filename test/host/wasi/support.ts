import type { ByteSource } from "../../../host/network/byte-stream.ts";
import { WaitList } from "../../../host/network/wait-list.ts";
import { VirtualNetwork } from "../../../host/network/virtual/virtual-network.ts";
import { LineSink } from "../../../host/wasi/cli/line-sink.ts";
import { Guest, type GuestOptions } from "../../../host/wasi/guest.ts";
import { NO_FACTS } from "../../../policy/facts.ts";
import { defaultPolicy } from "../../../policy/policy.ts";

/** A source that ended before it began, as the standard input of every guest. */
export class EmptySource implements ByteSource {
  readonly available = 0;
  readonly ended = true;
  readonly failure = undefined;
  readonly whenReadable: WaitList = new WaitList();
  cancelled = 0;

  readInto(): number {
    return 0;
  }

  cancel(): void {
    this.cancelled += 1;
  }
}

/** A guest that has nothing but what the test gives it. */
export function createGuest(options: Partial<GuestOptions> = {}): Guest {
  return new Guest({
    kind: "service",
    policy: defaultPolicy(options.kind ?? "service"),
    facts: NO_FACTS,
    network: new VirtualNetwork(),
    environment: [],
    args: [],
    stdin: new EmptySource(),
    stdout: new LineSink(() => {}),
    stderr: new LineSink(() => {}),
    ...options,
  });
}
