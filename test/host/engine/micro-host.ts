import { type ImportObject } from "../../../host/engine/component.ts";

/** A resource of the host, as a guest sees it; counts those that live. */
export class Thing implements Disposable {
  static live = 0;
  static consume(thing: Thing): unknown {
    thing[Symbol.dispose]();
    if (13 < thing.n) throw "too large";
    return thing.n;
  }

  readonly n: number;
  constructor(n: number) {
    this.n = n;
    Thing.live += 1;
  }

  get(): number {
    return this.n;
  }

  [Symbol.dispose](): void {
    Thing.live -= 1;
  }
}

/** What the micro component imports; `functions` replace those here. */
export function microHost(functions: Readonly<Record<string, unknown>> = {}): ImportObject {
  return {
    "test:micro/host": {
      Thing,
      nop: () => undefined,
      add: (a: number, b: number) => a + b,
      later: (n: number) => Promise.resolve(n),
      lateResult: (n: number) => Promise.resolve({ tag: "ok", val: n + 1 }),
      greet: (name: string) => `hello ${name}`,
      ...functions,
    },
  };
}
