import type { Cell } from "./cell.ts";

/** Whether the component `target` of `cell` answers a GET of `path` with a status from 200 to 399. Never rejects. */
export async function probeHttp(
  cell: Cell | undefined,
  target: string,
  path: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (cell === undefined || signal.aborted) return false;
  const head = {
    method: "GET",
    scheme: "http",
    authority: "localhost",
    pathWithQuery: path,
    headers: [["user-agent", "islet"]],
  } as const;
  try {
    const response = await cell.requestHttp({ head, body: undefined }, target, signal);
    response.body?.cancel();
    return response.head.status >= 200 && response.head.status <= 399;
  } catch {
    return false;
  }
}
