import type { Interrupt } from "./interrupt.ts";

/**
 * The function that instrumented code calls. It is WebAssembly itself, so that there is no JavaScript between a guest
 * and the import that suspends it; the end is a trap, which no guest can catch.
 *
 * ```wat
 * (loop $again
 *   (block $end
 *     (block $pause
 *       (block $go-on (br_table $go-on $pause $end (call $ask)))
 *       (return))
 *     ;; A stack that cannot be suspended makes `pause` throw.
 *     (block $cannot (try_table (catch_all $cannot) (call $pause) (br $again)))
 *     (return))
 *   (unreachable))
 * ```
 */
export function createCheck(interrupt: Interrupt): unknown {
  const { exports } = new WebAssembly.Instance(CHECK_MODULE, {
    "": {
      ask: () => interrupt.ask(),
      pause: new WebAssembly.Suspending(() => interrupt.pause()),
    },
  });
  return exports["check"];
}

const FUNCTION: readonly string[] = [
  "00", // no locals
  "03 40", // loop $again
  "02 40", // block $end
  "02 40", // block $pause
  "02 40", // block $go-on
  "10 00", // call $ask
  "0e 02 00 01 02", // br_table $go-on $pause $end
  "0b", // end $go-on
  "0f", // return
  "0b", // end $pause
  "02 40", // block $cannot
  "1f 40 01 02 00", // try_table (catch_all $cannot)
  "10 01", // call $pause
  "0c 03", // br $again
  "0b", // end try_table
  "0b", // end $cannot
  "0f", // return
  "0b", // end $end
  "00", // unreachable
  "0b", // end $again
  "0b", // end
];

const SECTIONS: readonly string[] = [
  "00 61 73 6d 01 00 00 00", // preamble
  "01 08 02 60 00 01 7f 60 00 00", // types: [] -> [i32] and [] -> []
  "02 11 02 00 03 61 73 6b 00 00 00 05 70 61 75 73 65 00 01", // imports: ask and pause
  "03 02 01 01", // functions
  "07 09 01 05 63 68 65 63 6b 00 02", // exports: check
];

const CHECK_MODULE: WebAssembly.Module = new WebAssembly.Module(toModule());

function toModule(): Uint8Array {
  const body = toBytes(FUNCTION);
  const code = Uint8Array.of(0x0a, body.length + 2, 1, body.length);
  return Buffer.concat([toBytes(SECTIONS), code, body]);
}

function toBytes(lines: readonly string[]): Buffer {
  return Buffer.from(lines.join("").replaceAll(" ", ""), "hex");
}
