import { parentPort } from "node:worker_threads";
import {
  type CompileReply,
  type CompileRequest,
} from "../../../../host/engine/compiler-protocol.ts";

// A compiler that does what the first byte of the image says, or answers with its own number of
// requests as glue, which tells a thread that lives on from one that was replaced.
let requests = 0;

parentPort?.on("message", ({ image }: CompileRequest) => {
  requests += 1;
  const text = Buffer.from(image).toString();
  if (text === "exit") process.exit(3);
  if (text === "throw") throw new Error("thrown on purpose");
  if (text === "hang") for (;;);
  if (text === "silent") return;
  const reply: CompileReply =
    text === "fatal"
      ? { tag: "err", code: "invalid-component", message: "poisoned", fatal: true }
      : text === "refuse"
        ? { tag: "err", code: "unsupported", message: "refused", fatal: false }
        : {
            tag: "ok",
            artifact: {
              imports: [],
              exports: [text],
              glue: `${requests}`,
              cores: new Map(),
              instances: new Map(),
              asksToGrow: true,
              notes: [],
            },
          };
  parentPort?.postMessage(reply, []);
});
