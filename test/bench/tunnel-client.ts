/** Our tunnel client as a program: `node tunnel-client.ts SERVER` leads to a service in a network of its own that swallows all. */
import { ConnectionEnd } from "../../host/network/splice/connection-end.ts";
import { RetryBudget } from "../../host/tunnel/client/retry-budget.ts";
import { parseServerAddress } from "../../host/tunnel/client/server-address.ts";
import { Tunnel } from "../../host/tunnel/client/tunnel.ts";
import { SYSTEM_TUNNEL_CLOCK as clock } from "../../host/tunnel/clock.ts";
import { GuestNetwork } from "../host/tunnel/support.ts";

const [server = ""] = process.argv.slice(2);
const wayIn = new GuestNetwork();
wayIn.serve(80, (connection) => {
  const end = new ConnectionEnd(connection);
  end.start({
    onBytes: () => undefined,
    onDrain: () => undefined,
    onEnd: () => end.end(),
    onFinish: () => undefined,
    onBreak: () => undefined,
  });
});
const tunnel: Tunnel = new Tunnel(
  { port: 80, server: parseServerAddress(server) },
  {
    wayIn,
    clock,
    budget: new RetryBudget(clock),
    onEvent: () => {
      if (tunnel.state.tag === "connected") console.log(`port ${tunnel.state.publicPort}`);
    },
  },
);
