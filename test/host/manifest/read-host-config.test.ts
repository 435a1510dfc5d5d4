import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "mocha";
import { loadHostConfig } from "../../../host/manifest/host-config-file.ts";
import { directory } from "./config-lab.ts";

describe("readHostConfig", () => {
  it("reads every key, with paths relative to the file", async () => {
    await using place = await directory({ "conf/islet.yaml": EVERYTHING, ...NAMED_FILES });
    const conf = join(place.path, "conf");
    const config = await loadHostConfig("conf/islet.yaml", { cwd: place.path });
    assert.deepEqual(config, {
      path: join(conf, "islet.yaml"),
      http: {
        address: "8080",
        trustedProxies: ["10.0.0.0/8", "::1"],
        accessLog: join(conf, "access.log"),
        limits: {
          headerSize: 32 * 1024,
          headerCount: 64,
          bodySize: 2 ** 20,
          connections: 100,
          headerTimeout: 5000,
          keepAliveTimeout: 100,
          requestTimeout: 0,
          stallTimeout: 60_000,
          requestsPerConnection: 0,
          inFlight: 7,
          queue: 0,
          queueTimeout: 1000,
          streams: 16,
          resets: { burst: 10, rate: 5 },
        },
      },
      https: {
        address: "8443",
        certificates: [
          { cert: join(conf, "a.pem"), key: join(place.path, "a.key") },
          { cert: join(conf, "b.pem"), key: join(conf, "b.key") },
        ],
        clientCa: join(conf, "ca.pem"),
      },
      api: {
        enabled: true,
        address: "9000",
        socket: join(conf, "api.sock"),
        tokenFile: join(conf, "token"),
        adminTokenFile: join(conf, "admin"),
        allowRemote: false,
      },
      firecase: { hostname: "compute-1", address: "0.0.0.0", maxForwardedPorts: 0 },
      forwards: [
        {
          text: "8080:3000",
          location: { file: join("conf", "islet.yaml"), line: 41, column: 12 },
          field: "forwards[0]",
        },
        {
          text: "unix:./web.sock:3000",
          location: { file: join("conf", "islet.yaml"), line: 41, column: 25 },
          field: "forwards[1]",
        },
      ],
      forwardPorts: {
        autoPorts: { first: 30_000, last: 30_010 },
        blockedPorts: [3306, 5000, 5001],
        allowPrivileged: true,
      },
      egress: {
        allowHostLoopback: true,
        denyPrivateRanges: true,
        resolver: "127.0.0.1:53",
        httpClientCa: join(conf, "ca.pem"),
      },
      quotas: { socket: 10, connection: 20, listener: 5, page: 256, lookup: 3, file: 4 },
      tunnel: {
        to: "islets://tunnel.example.com",
        secret: { tag: "file", path: join(conf, "token") },
        caFile: join(conf, "ca.pem"),
      },
      logs: { directory: join(conf, "logs") },
    });
  });
});

const NAMED_FILES = {
  "conf/a.pem": "",
  "a.key": "",
  "conf/b.pem": "",
  "conf/b.key": "",
  "conf/ca.pem": "",
  "conf/token": "",
  "conf/admin": "",
};

const EVERYTHING = `http:
  address: "8080"
  trustedProxies: [10.0.0.0/8, "::1"]
  accessLog: access.log
  limits:
    headerSize: 32Ki
    headerCount: 64
    bodySize: 1Mi
    connections: 100
    headerTimeout: 5s
    keepAliveTimeout: 100ms
    requestTimeout: 0s
    stallTimeout: 1m
    requestsPerConnection: 0
    inFlight: 7
    queue: 0
    queueTimeout: 1s
    streams: 16
    resets:
      burst: 10
      rate: 5
https:
  address: "8443"
  certificates:
    - cert: ./a.pem
      key: ../a.key
    - cert: b.pem
      key: b.key
  clientCa: ca.pem
api:
  enabled: true
  address: "9000"
  socket: ./api.sock
  tokenFile: token
  adminTokenFile: admin
  allowRemote: false
firecase:
  hostname: compute-1
  address: 0.0.0.0
  max_forwarded_ports: 0
forwards: ["8080:3000", "unix:./web.sock:3000"]
forwardPorts:
  auto: 30000-30010
  blocked: [3306, 5000-5001, 3306]
  allowPrivileged: true
egress:
  allowHostLoopback: true
  denyPrivateRanges: true
  resolver: 127.0.0.1:53
  httpClientCa: ca.pem
quotas:
  sockets: 10
  connections: 20
  listeners: 5
  bufferedBytes: 1Mi
  lookups: 3
  files: 4
tunnel:
  server: islets://tunnel.example.com
  secretFile: ./token
  caFile: ca.pem
logs:
  directory: logs
`;
