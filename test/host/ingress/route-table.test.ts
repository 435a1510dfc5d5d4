import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { RouteTable } from "../../../host/ingress/http/route-table.ts";
import type { HttpTarget } from "../../../host/ingress/http/target.ts";

describe("RouteTable", () => {
  it("compares hosts without regard to case, port and final dot", () => {
    const routes = tableOf({ a: ["A.localhost"], b: ["b.localhost"] });
    for (const host of ["a.localhost", "A.LOCALHOST:8000", "a.localhost.", "a.localhost:"]) {
      assert.equal(lookUp(routes, host), "a", host);
    }
  });
  it("leads each alias to its workload", () => {
    const routes = tableOf({ a: ["one.example", "two.example", "127.0.0.1"], b: ["b.example"] });
    assert.equal(lookUp(routes, "two.example"), "a");
    assert.equal(lookUp(routes, "127.0.0.1:8000"), "a");
  });
  it("finds IPv6 literals in brackets only", () => {
    const routes = tableOf({ a: ["::1"], b: ["b.example"] });
    assert.equal(lookUp(routes, "[::1]:8000"), "a");
    assert.equal(lookUp(routes, "::1"), "invalid");
  });
  it("lets a lone workload answer for every host", () => {
    const routes = tableOf({ a: ["a.localhost"] });
    assert.equal(lookUp(routes, "127.0.0.1:8000"), "a");
    assert.equal(lookUp(routes, "whatever.example"), "a");
  });
  it("knows no host of nobody once there are two workloads", () => {
    const routes = tableOf({ a: ["a.localhost"], b: ["b.localhost"] });
    assert.equal(lookUp(routes, "c.localhost"), "unknown");
    assert.equal(lookUp(routes, "localhost"), "unknown");
  });
  it("knows nothing while nothing is registered", () => {
    assert.equal(lookUp(new RouteTable(), "a.localhost"), "unknown");
  });
  it("calls missing and malformed hosts invalid", () => {
    const routes = tableOf({ a: ["a.localhost"] });
    for (const host of [
      undefined,
      "",
      " ",
      "a b",
      "a.localhost:x",
      "a/b",
      "[::1",
      "-",
      "a".repeat(300),
    ]) {
      assert.equal(lookUp(routes, host), "invalid", String(host));
    }
  });
  it("lets replicas of one host take turns", () => {
    const routes = new RouteTable();
    const replicas = [targetOf("a"), targetOf("a"), targetOf("a")];
    for (const replica of replicas) routes.add(["a.localhost"], replica);
    const seen = new Set<HttpTarget>();
    for (let turn = 0; turn < 3; turn++) {
      const route = routes.resolve("a.localhost");
      if (route.tag === "target") seen.add(route.target);
    }
    assert.equal(seen.size, 3);
  });
  it("prefers replicas that are ready, and takes any where none is", () => {
    const routes = new RouteTable();
    const broken = { ...targetOf("a"), isReady: false };
    const healthy = targetOf("a");
    routes.add(["a.localhost"], broken);
    const registration = routes.add(["a.localhost"], healthy);
    for (let turn = 0; turn < 4; turn += 1) {
      const route = routes.resolve("a.localhost");
      assert.equal(route.tag === "target" && route.target, healthy);
    }
    registration[Symbol.dispose]();
    const route = routes.resolve("a.localhost");
    assert.equal(route.tag === "target" && route.target, broken);
  });
  it("forgets a workload when its registration is disposed, twice as well as once", () => {
    const routes = tableOf({ a: ["a.localhost"] });
    const registration = routes.add(["b.localhost", "b.localhost"], targetOf("b"));
    assert.equal(lookUp(routes, "b.localhost"), "b");
    registration[Symbol.dispose]();
    registration[Symbol.dispose]();
    assert.equal(lookUp(routes, "b.localhost"), "a", "a is alone again");
  });
});

function tableOf(hosts: Readonly<Record<string, readonly string[]>>): RouteTable {
  const routes = new RouteTable();
  for (const [workload, names] of Object.entries(hosts)) routes.add(names, targetOf(workload));
  return routes;
}

function targetOf(workload: string): HttpTarget {
  return { workload, isReady: true, handle: () => Promise.reject(new Error("Not called")) };
}

function lookUp(routes: RouteTable, authority: string | undefined): string {
  const route = routes.resolve(authority);
  return route.tag === "target" ? route.target.workload : route.tag;
}
