import { parentPort } from "node:worker_threads";
import { type CompileReply, type CompileRequest } from "./compiler-protocol.ts";
import { EngineError } from "./error.ts";
import { transpile } from "./transpile.ts";

// The thread of `CompilerThread`: answers each request, in order.
parentPort?.on("message", (request: CompileRequest) => {
  void answer(request);
});

async function answer({ image, options }: CompileRequest): Promise<void> {
  let reply: CompileReply;
  try {
    reply = { tag: "ok", artifact: await transpile(image, options) };
  } catch (error) {
    reply = toReply(error);
  }
  parentPort?.postMessage(reply, []);
}

function toReply(error: unknown): CompileReply {
  if (!(error instanceof EngineError)) {
    const reason = error instanceof Error ? error.message : String(error);
    return { tag: "err", code: "compiler-crashed", message: reason, fatal: true };
  }
  const { code, message, cause } = error;
  return { tag: "err", code, message, fatal: cause instanceof WebAssembly.RuntimeError };
}
