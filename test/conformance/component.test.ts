import { describe, it } from "mocha";
import type { GuestName } from "../fixture/guest/guest.ts";
import { functionOf, GuestLab } from "../support/guest-lab.ts";
import { assertConforms } from "./report.ts";

/** What a component meets otherwise than a service: it may bind no port of TCP, and talks to its service. */
const SUBJECTS: readonly GuestName[] = [
  "conform-tcp-bind",
  "conform-tcp-connect",
  "conform-tcp-states",
  "conform-tcp-sample",
  "conform-tcp-options",
  "conform-tcp-streams",
  "conform-udp-bind",
  "conform-udp-connect",
  "conform-udp-states",
  "conform-udp-sample",
  "conform-udp-transfer",
  "conform-udp-options",
];

describe("a component conforms to the WIT", function () {
  this.timeout(60_000);

  for (const name of SUBJECTS) {
    it(`in ${name}`, async () => {
      await using lab = new GuestLab();
      await lab.startService("tcp-echo");
      const component = await lab.start(name, "component", lab.network, ["component"]);
      await functionOf(component, "wasi:cli/run", "run")();
      assertConforms(component.lines);
    });
  }
});
