/**
 * What a call needs of an `AbortSignal`, and a signal is one. The ingress makes a lighter kind for each request:
 * an `AbortController` with its listeners costs more than the rest of a small call.
 */
export interface CancelSignal {
  readonly aborted: boolean;
  /** Why it was aborted. */
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options?: { readonly once: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}
