import { TunnelError } from "../error.ts";

/** What a server's error message means, in the words of bore's server. */
export function toRefusal(message: string): TunnelError {
  const text = `Cannot open the tunnel: the server says ${JSON.stringify(message)}`;
  switch (message) {
    case "invalid secret":
      return new TunnelError("unauthorized", text, {
        hint: "Use the secret that the server was started with",
      });
    case "server requires secret, but no secret was provided":
      return secretRequired();
    case "client port number not in allowed range":
      return new TunnelError("out-of-range", text, {
        hint: "Ask for a port of the server's range, or for none and get a free one",
      });
    case "permission denied":
      return new TunnelError("out-of-range", text, {
        hint: "The server may not use that port; ask for another one",
      });
    case "port already in use":
      return new TunnelError("port-in-use", text, {
        hint: "Ask for another port, or for none and get a free one",
      });
    default:
      return new TunnelError("refused", text);
  }
}

/** The server wants a secret and this side has none. */
export function secretRequired(): TunnelError {
  return new TunnelError(
    "unauthorized",
    "Cannot open the tunnel: the server requires a secret and none was given",
    { hint: "Give the secret in a file or an environment variable" },
  );
}
