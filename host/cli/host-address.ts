import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { UsageError } from "./usage-error.ts";

/** Where a host can be talked to. */
export type HostAddress =
  | { readonly tag: "socket"; readonly path: string }
  | { readonly tag: "url"; readonly url: URL };

/** The name of the socket of a host that was not given another. */
export const DEFAULT_SOCKET = "host";

/**
 * What `--host` and `ISLET_HOST` mean: a name of a socket in `directory` (`host`), a path (`/run/x.sock`, `./x.sock`,
 * `unix:///run/x.sock`), or a URL (`http://127.0.0.1:8787`). Throws `UsageError`.
 */
export function parseHostAddress(text: string, directory: string): HostAddress {
  if (/^https?:\/\//i.test(text)) return { tag: "url", url: parseUrl(text) };
  return { tag: "socket", path: parseSocketPath(text, directory, "--host") };
}

/** What `--socket` means: a name or a path, as above. Throws `UsageError` that speaks of `option`. */
export function parseSocketPath(text: string, directory: string, option: string): string {
  if (/^unix:\/\//i.test(text)) {
    const path = text.slice("unix://".length);
    if (!path.startsWith("/")) {
      throw new UsageError(`${option} ${text} is no path. Try unix:///run/islet.sock`);
    }
    return fileURLToPath(`file://${path}`);
  }
  if (text.includes("/") && !/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return resolve(text);
  if (/^[\w.-]{1,64}$/.test(text) && !text.startsWith(".")) {
    return join(directory, `${text.replace(/\.sock$/, "")}.sock`);
  }
  throw new UsageError(
    `${option} ${text} is no address. Try a name, /run/islet.sock or http://127.0.0.1:8787`,
  );
}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) {
    throw new UsageError(`--host ${text} is no URL. Try http://127.0.0.1:8787`);
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    throw new UsageError("--host takes no user in a URL. The token goes into ISLET_TOKEN");
  }
  if (url.pathname !== "/" || url.search !== "") {
    throw new UsageError(`--host takes a URL without a path. Try ${url.origin}`);
  }
  return url;
}
