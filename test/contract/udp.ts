import { describe } from "mocha";
import { IPV4, IPV6 } from "./network/support.ts";
import { describeUdpBind, describeUdpBindAcross } from "./udp/bind.ts";
import { describeUdpConnect } from "./udp/connect.ts";
import type { CreateUdpNetwork } from "./udp/support.ts";
import { describeUdpTransfer } from "./udp/transfer.ts";

/** What every `UdpNetwork` does alike, on IPv4 and IPv6. */
export function describeUdpContract(name: string, createNetwork: CreateUdpNetwork): void {
  describe(`${name} as a UDP network`, () => {
    for (const loopback of [IPV4, IPV6]) {
      describe(`on ${loopback.address}`, () => {
        describeUdpBind(createNetwork, loopback);
        describeUdpTransfer(createNetwork, loopback);
        describeUdpConnect(createNetwork, loopback);
      });
    }
    describe("across addresses", () => describeUdpBindAcross(createNetwork));
  });
}
