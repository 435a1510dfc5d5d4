import { describe } from "mocha";
import { describeBind, describeBindAcross } from "./network/bind.ts";
import { describeClose } from "./network/close.ts";
import { describeConnect } from "./network/connect.ts";
import { describeListen } from "./network/listen.ts";
import { describeStream } from "./network/stream.ts";
import { type CreateNetwork, IPV4, IPV6 } from "./network/support.ts";

/** What every `TcpNetwork` does alike, on IPv4 and IPv6. */
export function describeNetworkContract(name: string, createNetwork: CreateNetwork): void {
  describe(`${name} as a TCP network`, () => {
    for (const loopback of [IPV4, IPV6]) {
      describe(`on ${loopback.address}`, () => {
        describeBind(createNetwork, loopback);
        describeListen(createNetwork, loopback);
        describeConnect(createNetwork, loopback);
        describeStream(createNetwork, loopback);
        describeClose(createNetwork, loopback);
      });
    }
    describe("across addresses", () => describeBindAcross(createNetwork));
  });
}
