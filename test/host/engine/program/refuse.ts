import { parentPort } from "node:worker_threads";
import { type CompileReply } from "../../../../host/engine/compiler-protocol.ts";

// A compiler that refuses everything.
parentPort?.on("message", () => {
  const reply: CompileReply = {
    tag: "err",
    code: "unsupported",
    message: "refused on purpose",
    fatal: false,
  };
  parentPort?.postMessage(reply, []);
});
