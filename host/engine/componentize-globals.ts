/**
 * Declarations of what a guest finds without importing it: what QuickJS has, what the prelude adds,
 * and the files whose text can be imported.
 */
export const GUEST_GLOBALS = `// What guests have besides ECMAScript. Written by islet build.

/** Encodes text as UTF-8. */
declare class TextEncoder {
  readonly encoding: string;
  encode(text?: string): Uint8Array<ArrayBuffer>;
}

/** Decodes UTF-8; with \`stream\`, a character may be split over calls. */
declare class TextDecoder {
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}

/** \`log\`, \`info\` and \`debug\` write a line to standard output, \`warn\` and \`error\` to standard error. */
declare const console: Readonly<
  Record<"log" | "info" | "debug" | "warn" | "error", (...values: unknown[]) => void>
>;

declare const performance: { now(): number };
declare function queueMicrotask(callback: () => void): void;
declare function atob(base64: string): string;
declare function btoa(binary: string): string;

declare module "*.html" {
  const text: string;
  export default text;
}
declare module "*.css" {
  const text: string;
  export default text;
}
declare module "*.svg" {
  const text: string;
  export default text;
}
declare module "*.txt" {
  const text: string;
  export default text;
}
`;

/** How the bundler loads the files that the declarations above let a guest import. */
export const GUEST_TEXT_FILES: Readonly<Record<string, "text">> = {
  ".html": "text",
  ".css": "text",
  ".svg": "text",
  ".txt": "text",
};
