/** `TextEncoder` of the Encoding standard for engines that have none. */
export class TextEncoder {
  readonly encoding: string = "utf-8";

  /** UTF-8 of the text; a lone surrogate becomes U+FFFD. */
  encode(text = ""): Uint8Array<ArrayBuffer> {
    // Every step is native code of the engine: a loop over the characters takes QuickJS twenty times as long.
    const binary = unescape(encodeURIComponent(text.toWellFormed()));
    return Uint8Array.fromBase64(btoa(binary));
  }
}
