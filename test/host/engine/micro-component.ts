import { componentEmbed, componentNew, parse } from "@bytecodealliance/jco-transpile/wasm-tools";

/** A component from WIT and a core module in text. */
async function createComponent(
  witSource: string,
  world: string,
  core: string,
): Promise<Uint8Array> {
  const binary = await parse(core);
  return componentNew(await componentEmbed({ binary, witSource, world }), []);
}

/** A component that does one small thing of each kind; `MICRO_ASYNC` says what may suspend. */
export function createMicro(): Promise<Uint8Array> {
  return createComponent(WIT, "micro", CORE);
}

export const MICRO_ASYNC: {
  readonly asyncImports: readonly string[];
  readonly asyncExports: readonly string[];
} = {
  asyncImports: ["test:micro/host#later", "test:micro/host#late-result"],
  asyncExports: ["wait", "wait-result", "test:micro/guest#take", "trap", "call-late-nop"],
};

const WIT = `package test:micro@1.2.3;
interface host {
  resource thing {
    constructor(n: u32);
    get: func() -> u32;
    consume: static func(thing: thing) -> result<u32, string>;
  }
  nop: func();
  add: func(a: u32, b: u32) -> u32;
  later: func(n: u32) -> u32;
  late-result: func(n: u32) -> result<u32, u32>;
  greet: func(name: string) -> string;
}
interface guest {
  use host.{thing};
  take: func(a: thing, b: thing) -> u32;
}
world micro {
  import host;
  export guest;
  export sum: func(n: u32) -> u32;
  export wait: func(n: u32) -> u32;
  export wait-result: func(n: u32) -> result<u32, u32>;
  export things: func(n: u32) -> u32;
  export consume: func(n: u32) -> result<u32, string>;
  export greet: func(name: string) -> string;
  export bad-post-return: func() -> string;
  export trap: func();
  export trap-now: func();
  export grow: func(pages: u32) -> s32;
  export counter: func() -> u32;
  export call-late-nop: func();
}`;

const HOST = "test:micro/host@1.2.3";
const CORE = `(module
  (import "${HOST}" "nop" (func $nop))
  (import "${HOST}" "add" (func $add (param i32 i32) (result i32)))
  (import "${HOST}" "later" (func $later (param i32) (result i32)))
  (import "${HOST}" "late-result" (func $late_result (param i32 i32)))
  (import "${HOST}" "greet" (func $greet (param i32 i32 i32)))
  (import "${HOST}" "[constructor]thing" (func $thing (param i32) (result i32)))
  (import "${HOST}" "[method]thing.get" (func $get (param i32) (result i32)))
  (import "${HOST}" "[static]thing.consume" (func $consume (param i32 i32)))
  (import "${HOST}" "[resource-drop]thing" (func $drop (param i32)))
  (memory (export "memory") 1)
  (global $heap (mut i32) (i32.const 1024))
  (global $count (mut i32) (i32.const 0))
  (func (export "cabi_realloc") (param i32 i32 i32) (param $size i32) (result i32)
    (global.get $heap)
    (global.set $heap (i32.and (i32.add (i32.add (global.get $heap) (local.get $size)) (i32.const 7)) (i32.const 0xfff8))))
  (func (export "sum") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (call $add (local.get $sum) (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "wait") (param $n i32) (result i32) (local $sum i32)
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (call $later (local.get $n))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "wait-result") (param $n i32) (result i32)
    (call $late_result (local.get $n) (i32.const 16))
    (i32.const 16))
  (func (export "things") (param $n i32) (result i32) (local $thing i32) (local $sum i32)
    (loop $again
      (local.set $thing (call $thing (local.get $n)))
      (local.set $sum (i32.add (local.get $sum) (call $get (local.get $thing))))
      (call $drop (local.get $thing))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum))
  (func (export "consume") (param $n i32) (result i32)
    (call $consume (call $thing (local.get $n)) (i32.const 16))
    (i32.const 16))
  (func (export "greet") (param $pointer i32) (param $length i32) (result i32)
    (call $greet (local.get $pointer) (local.get $length) (i32.const 16))
    (i32.const 16))
  (func (export "cabi_post_greet") (param i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1))))
  (func (export "bad-post-return") (result i32)
    (i32.store (i32.const 16) (i32.const 0)) (i32.store (i32.const 20) (i32.const 0))
    (i32.const 16))
  (func (export "cabi_post_bad-post-return") (param i32) (call $nop))
  (func (export "trap") unreachable)
  (func (export "trap-now") unreachable)
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "counter") (result i32) (global.get $count))
  (func (export "call-late-nop") (call $nop))
  (func (export "test:micro/guest@1.2.3#take") (param $a i32) (param $b i32) (result i32)
    (local $sum i32)
    (local.set $sum (i32.add (call $get (local.get $a)) (call $get (local.get $b))))
    (call $drop (local.get $a))
    (call $drop (local.get $b))
    (local.get $sum))
)`;

/** A composition: the outer component instantiates one inner and gives its function to another. */
export function createComposition(): Promise<Uint8Array> {
  return parse(`(component
    (import "test:micro/host" (instance $host (export "add" (func (param "a" u32) (param "b" u32) (result u32)))))
    (component $inner
      (import "add" (func $add (param "a" u32) (param "b" u32) (result u32)))
      (core func $core_add (canon lower (func $add)))
      (core module $m
        (import "e" "add" (func $add (param i32 i32) (result i32)))
        (func (export "twice") (param i32) (result i32) (call $add (local.get 0) (local.get 0))))
      (core instance $i (instantiate $m (with "e" (instance (export "add" (func $core_add))))))
      (func (export "twice") (param "n" u32) (result u32) (canon lift (core func $i "twice"))))
    (component $outer
      (import "twice" (func $twice (param "n" u32) (result u32)))
      (core func $core_twice (canon lower (func $twice)))
      (core module $m
        (import "e" "twice" (func $twice (param i32) (result i32)))
        (func (export "four") (param i32) (result i32) (call $twice (call $twice (local.get 0)))))
      (core instance $i (instantiate $m (with "e" (instance (export "twice" (func $core_twice))))))
      (func (export "four") (param "n" u32) (result u32) (canon lift (core func $i "four"))))
    (instance $a (instantiate $inner (with "add" (func $host "add"))))
    (instance $b (instantiate $outer (with "twice" (func $a "twice"))))
    (export "four" (func $b "four")))`);
}

/**
 * A composition of which one component alone faces the host, as a JavaScript engine with a module
 * loader beside it: it has the other one measure strings, and adds with the host.
 */
export function createFacade(): Promise<Uint8Array> {
  return parse(`(component
    (import "test:micro/host" (instance $host
      (export "add" (func (param "a" u32) (param "b" u32) (result u32)))))
    (component $inner
      (core module $m
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
        (func (export "measure") (param $pointer i32) (param $length i32) (result i32)
          (if (i32.eqz (local.get $length)) (then unreachable))
          (i32.add (local.get $length) (i32.load8_u (local.get $pointer)))))
      (core instance $i (instantiate $m))
      (func (export "measure") (param "s" string) (result u32)
        (canon lift (core func $i "measure") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
    (component $face
      (import "add" (func $add (param "a" u32) (param "b" u32) (result u32)))
      (import "measure" (func $measure (param "s" string) (result u32)))
      (core module $libc
        (memory (export "memory") 1)
        (data (i32.const 16) "A text"))
      (core instance $libc (instantiate $libc))
      (core func $core_add (canon lower (func $add)))
      (core func $core_measure (canon lower (func $measure) (memory (core memory $libc "memory"))))
      (core module $m
        (import "e" "add" (func $add (param i32 i32) (result i32)))
        (import "e" "measure" (func $measure (param i32 i32) (result i32)))
        (func (export "go") (param $length i32) (result i32)
          (call $add
            (call $measure (i32.const 16) (local.get $length))
            (call $measure (i32.const 16) (local.get $length)))))
      (core instance $i (instantiate $m (with "e" (instance
        (export "add" (func $core_add)) (export "measure" (func $core_measure))))))
      (func (export "go") (param "length" u32) (result u32) (canon lift (core func $i "go")))
      (func (export "wait") (param "n" u32) (result u32) (canon lift (core func $i "go"))))
    (instance $a (instantiate $inner))
    (instance $b (instantiate $face
      (with "add" (func $host "add")) (with "measure" (func $a "measure"))))
    (export "go" (func $b "go"))
    (export "wait" (func $b "wait")))`);
}
