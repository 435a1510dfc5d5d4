/** The ingress with as many routes as the argument says, each to a workload that answers at once. */
import { startHttpIngress } from "../../../host/ingress/http/ingress.ts";
import { RouteTable } from "../../../host/ingress/http/route-table.ts";
import { MemoryBody } from "../../support/memory-body.ts";

const count = Number(process.argv[2]);
const routes = new RouteTable();
for (let index = 0; index < count; index += 1) {
  // The generator asks by address: the last of them has that name, and the others lie around it.
  const host =
    index === count - 1 ? "127.0.0.1" : `${index % 2 === 0 ? "*." : ""}${index}.localhost`;
  const path = index % 3 === 0 || index === count - 1 ? "/" : `/api/${index}`;
  const target = {
    workload: `default/${index}`,
    isReady: true,
    handle: () =>
      Promise.resolve({ head: { status: 200, headers: [] }, body: MemoryBody.of("hello\n") }),
  };
  routes.add([host], target, { path });
}
const ingress = await startHttpIngress({
  address: { host: "127.0.0.1", port: 0 },
  routes,
  onError: (error) => console.error(error),
});
console.log(`http://127.0.0.1:${ingress.address.port}`);
process.once("SIGINT", () => void ingress[Symbol.asyncDispose]());
