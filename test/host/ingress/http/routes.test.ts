import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { RouteConflictError, RouteTable } from "../../../../host/ingress/http/route-table.ts";
import type { HttpTarget } from "../../../../host/ingress/http/target.ts";

describe("RouteTable with wildcards and paths", () => {
  const table = tableOf({
    "shop.localhost": "shop",
    "*.shop.localhost": "any-shop",
    "*.eu.shop.localhost": "eu",
    "de.eu.shop.localhost": "de",
    "*.localhost": "any",
    "shop.localhost/api": "api",
    "shop.localhost/api/v1": "v1",
    "*.shop.localhost/api": "any-api",
    "de.eu.shop.localhost/only": "de-only",
    "half.localhost/x": "half",
  });
  const cases: readonly (readonly [string, string])[] = [
    ["shop.localhost/", "shop"],
    ["shop.localhost/apis", "shop"],
    ["shop.localhost/api", "api"],
    ["shop.localhost/api/", "api"],
    ["shop.localhost/api?v1", "api"],
    ["shop.localhost/api/v2", "api"],
    ["shop.localhost/api/v1", "v1"],
    ["shop.localhost/api/v1/x?y=/z", "v1"],
    ["shop.localhost/API", "shop"],
    ["shop.localhost:8000/api", "api"],
    ["SHOP.localhost./api", "api"],
    ["a.shop.localhost/", "any-shop"],
    ["a.b.shop.localhost/", "any-shop"],
    ["a.shop.localhost/api/x", "any-api"],
    ["fr.eu.shop.localhost/", "eu"],
    ["fr.eu.shop.localhost/api", "eu"],
    ["de.eu.shop.localhost/", "de"],
    ["de.eu.shop.localhost/only", "de-only"],
    ["eu.shop.localhost/", "any-shop"],
    ["workshop.localhost/", "any"],
    ["localhost/", "unknown"],
    ["other.example/", "unknown"],
    ["half.localhost/x", "half"],
    // No route of the host itself fits, so the wildcard's does.
    ["half.localhost/y", "any"],
  ];
  for (const [request, workload] of cases) {
    it(`leads ${request} to ${workload}`, () => assert.equal(ask(table, request), workload));
  }

  for (const [path, workload] of [
    ["/%61pi", "api"],
    ["/ap%69/v%31/x", "v1"],
    ["/x/../api", "api"],
    ["/x/./../api/v1/.", "v1"],
    ["/../../api", "api"],
    ["/api/..", "shop"],
    ["/api/../x", "shop"],
    ["/api%2fv1", "shop"],
    ["/api/%2e%2e/x", "shop"],
    ["//api", "shop"],
    ["/%zz", "shop"],
    ["/%", "shop"],
    ["*", "shop"],
    ["", "shop"],
  ] as const) {
    it(`compares the path ${JSON.stringify(path)} in its normal form`, () => {
      assert.equal(ask(table, `shop.localhost${path}`), workload);
    });
  }

  it("lets a lone workload answer for every host, under its path only", () => {
    const lone = tableOf({ "a.localhost/api": "a" });
    assert.equal(ask(lone, "127.0.0.1/api/x"), "a");
    assert.equal(ask(lone, "127.0.0.1/"), "unknown");
  });

  it("tells a path that nobody has from a host that nobody has", () => {
    const two = tableOf({ "a.localhost/api": "a", "b.localhost": "b" });
    assert.deepEqual(two.resolve("a.localhost", "/x"), {
      tag: "unknown",
      host: "a.localhost",
      isHostKnown: true,
    });
    assert.deepEqual(two.resolve("c.localhost", "/api"), {
      tag: "unknown",
      host: "c.localhost",
      isHostKnown: false,
    });
  });

  it("refuses a route that another workload has, names it, and changes nothing", () => {
    const routes = tableOf({ "a.localhost/api": "default/a" });
    assert.throws(
      () => routes.add(["b.localhost", "A.localhost."], targetOf("default/b"), { path: "/api/" }),
      (error) =>
        error instanceof RouteConflictError &&
        error.holder === "default/a" &&
        error.message ===
          "Cannot route a.localhost/api to default/b: it leads to default/a already",
    );
    assert.equal(ask(routes, "b.localhost/api"), "default/a", "a is still alone");
    routes.add(["a.localhost"], targetOf("default/b"));
    assert.equal(ask(routes, "a.localhost/"), "default/b");
  });

  it("leads to the replica that has the least to do", () => {
    const routes = new RouteTable();
    const [first, second] = [targetOf("a"), targetOf("a")];
    routes.add(["a.localhost"], first);
    routes.add(["a.localhost"], second);
    const seen = [];
    for (let count = 0; count < 4; count += 1) {
      const route = routes.resolve("a.localhost", "/");
      assert.equal(route.tag, "target");
      if (route.tag !== "target") break;
      // The first one never finishes anything.
      if (route.target === first) route.outstanding += 1;
      seen.push(route.target);
    }
    assert.equal(seen.filter((target) => target === first).length, 1);
  });

  it("follows changes although it remembers what authorities lead to", () => {
    const routes = tableOf({ "a.localhost": "a" });
    assert.equal(ask(routes, "b.localhost/"), "a");
    const registration = routes.add(["b.localhost"], targetOf("b"));
    assert.equal(ask(routes, "b.localhost/"), "b");
    registration[Symbol.dispose]();
    assert.equal(ask(routes, "b.localhost/"), "a");
  });

  it("remembers no more authorities than it is asked for in a while", () => {
    const routes = tableOf({ "a.localhost": "a", "b.localhost": "b" });
    for (let index = 0; index < 5000; index += 1) {
      assert.equal(ask(routes, `${index}.example/`), "unknown");
    }
    assert.equal(ask(routes, "a.localhost/"), "a");
  });
});

/** A table of routes as `host/path`. */
function tableOf(routes: Readonly<Record<string, string>>): RouteTable {
  const table = new RouteTable();
  for (const [route, workload] of Object.entries(routes)) {
    const [host, path] = split(route);
    table.add([host], targetOf(workload), { path });
  }
  return table;
}

function targetOf(workload: string): HttpTarget {
  return { workload, isReady: true, handle: () => Promise.reject(new Error("Not called")) };
}

function ask(table: RouteTable, request: string): string {
  const [host, path] = split(request);
  const route = table.resolve(host, path);
  return route.tag === "target" ? route.target.workload : route.tag;
}

function split(text: string): [host: string, path: string] {
  const end = text.search(/[/%*]|$/);
  // A wildcard's asterisk is the first character.
  const slash = end === 0 ? text.indexOf("/") : end;
  return slash < 0 ? [text, "/"] : [text.slice(0, slash), text.slice(slash) || "/"];
}
