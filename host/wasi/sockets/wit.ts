import { DURATION } from "../clocks/wit.ts";
import { ERROR, INPUT_STREAM, OUTPUT_STREAM, POLLABLE } from "../io/wit.ts";
import {
  BOOL,
  STRING,
  U16,
  U32,
  U64,
  U8,
  borrow,
  enumeration,
  func,
  list,
  method,
  option,
  own,
  record,
  result,
  tuple,
  variant,
  type WitPackage,
  type WitType,
} from "../wit/wit-type.ts";

const NETWORK = "wasi:sockets/network/network";
const RESOLVE_ADDRESS_STREAM = "wasi:sockets/ip-name-lookup/resolve-address-stream";
const ERROR_CODE: WitType = enumeration(
  "unknown",
  "access-denied",
  "not-supported",
  "invalid-argument",
  "out-of-memory",
  "timeout",
  "concurrency-conflict",
  "not-in-progress",
  "would-block",
  "invalid-state",
  "new-socket-limit",
  "address-not-bindable",
  "address-in-use",
  "remote-unreachable",
  "connection-refused",
  "connection-reset",
  "connection-aborted",
  "datagram-too-large",
  "name-unresolvable",
  "temporary-resolver-failure",
  "permanent-resolver-failure",
);
const IPV4_ADDRESS: WitType = tuple(U8, U8, U8, U8);
const IPV6_ADDRESS: WitType = tuple(U16, U16, U16, U16, U16, U16, U16, U16);
const IP_ADDRESS: WitType = variant({ ipv4: IPV4_ADDRESS, ipv6: IPV6_ADDRESS });
const IPV4_SOCKET_ADDRESS: WitType = record({ port: U16, address: IPV4_ADDRESS });
const IPV6_SOCKET_ADDRESS: WitType = record({
  port: U16,
  "flow-info": U32,
  address: IPV6_ADDRESS,
  "scope-id": U32,
});
const IP_SOCKET_ADDRESS: WitType = variant({
  ipv4: IPV4_SOCKET_ADDRESS,
  ipv6: IPV6_SOCKET_ADDRESS,
});
const TCP_SOCKET = "wasi:sockets/tcp/tcp-socket";
const IP_ADDRESS_FAMILY: WitType = enumeration("ipv4", "ipv6");
const SHUTDOWN_TYPE: WitType = enumeration("receive", "send", "both");
const INCOMING_DATAGRAM_STREAM = "wasi:sockets/udp/incoming-datagram-stream";
const OUTGOING_DATAGRAM_STREAM = "wasi:sockets/udp/outgoing-datagram-stream";
const INCOMING_DATAGRAM: WitType = record({ data: list(U8), "remote-address": IP_SOCKET_ADDRESS });
const OUTGOING_DATAGRAM: WitType = record({
  data: list(U8),
  "remote-address": option(IP_SOCKET_ADDRESS),
});
const UDP_SOCKET = "wasi:sockets/udp/udp-socket";

/** What WIT 0.2 has of `wasi:sockets` for components to import. */
export const SOCKETS: WitPackage = {
  "wasi:sockets/instance-network": {
    functions: {
      "instance-network": func([], own(NETWORK)),
    },
  },
  "wasi:sockets/ip-name-lookup": {
    functions: {
      "resolve-addresses": func(
        [borrow(NETWORK), STRING],
        result(own(RESOLVE_ADDRESS_STREAM), ERROR_CODE),
      ),
    },
    resources: {
      "resolve-address-stream": {
        "resolve-next-address": method([], result(option(IP_ADDRESS), ERROR_CODE)),
        subscribe: method([], own(POLLABLE)),
      },
    },
  },
  "wasi:sockets/network": {
    functions: {
      "network-error-code": func([borrow(ERROR)], option(ERROR_CODE)),
    },
    resources: {
      network: {},
    },
  },
  "wasi:sockets/tcp": {
    resources: {
      "tcp-socket": {
        "start-bind": method([borrow(NETWORK), IP_SOCKET_ADDRESS], result(undefined, ERROR_CODE)),
        "finish-bind": method([], result(undefined, ERROR_CODE)),
        "start-connect": method(
          [borrow(NETWORK), IP_SOCKET_ADDRESS],
          result(undefined, ERROR_CODE),
        ),
        "finish-connect": method(
          [],
          result(tuple(own(INPUT_STREAM), own(OUTPUT_STREAM)), ERROR_CODE),
        ),
        "start-listen": method([], result(undefined, ERROR_CODE)),
        "finish-listen": method([], result(undefined, ERROR_CODE)),
        accept: method(
          [],
          result(tuple(own(TCP_SOCKET), own(INPUT_STREAM), own(OUTPUT_STREAM)), ERROR_CODE),
        ),
        "local-address": method([], result(IP_SOCKET_ADDRESS, ERROR_CODE)),
        "remote-address": method([], result(IP_SOCKET_ADDRESS, ERROR_CODE)),
        "is-listening": method([], BOOL),
        "address-family": method([], IP_ADDRESS_FAMILY),
        "set-listen-backlog-size": method([U64], result(undefined, ERROR_CODE)),
        "keep-alive-enabled": method([], result(BOOL, ERROR_CODE)),
        "set-keep-alive-enabled": method([BOOL], result(undefined, ERROR_CODE)),
        "keep-alive-idle-time": method([], result(DURATION, ERROR_CODE)),
        "set-keep-alive-idle-time": method([DURATION], result(undefined, ERROR_CODE)),
        "keep-alive-interval": method([], result(DURATION, ERROR_CODE)),
        "set-keep-alive-interval": method([DURATION], result(undefined, ERROR_CODE)),
        "keep-alive-count": method([], result(U32, ERROR_CODE)),
        "set-keep-alive-count": method([U32], result(undefined, ERROR_CODE)),
        "hop-limit": method([], result(U8, ERROR_CODE)),
        "set-hop-limit": method([U8], result(undefined, ERROR_CODE)),
        "receive-buffer-size": method([], result(U64, ERROR_CODE)),
        "set-receive-buffer-size": method([U64], result(undefined, ERROR_CODE)),
        "send-buffer-size": method([], result(U64, ERROR_CODE)),
        "set-send-buffer-size": method([U64], result(undefined, ERROR_CODE)),
        subscribe: method([], own(POLLABLE)),
        shutdown: method([SHUTDOWN_TYPE], result(undefined, ERROR_CODE)),
      },
    },
  },
  "wasi:sockets/tcp-create-socket": {
    functions: {
      "create-tcp-socket": func([IP_ADDRESS_FAMILY], result(own(TCP_SOCKET), ERROR_CODE)),
    },
  },
  "wasi:sockets/udp": {
    resources: {
      "udp-socket": {
        "start-bind": method([borrow(NETWORK), IP_SOCKET_ADDRESS], result(undefined, ERROR_CODE)),
        "finish-bind": method([], result(undefined, ERROR_CODE)),
        stream: method(
          [option(IP_SOCKET_ADDRESS)],
          result(tuple(own(INCOMING_DATAGRAM_STREAM), own(OUTGOING_DATAGRAM_STREAM)), ERROR_CODE),
        ),
        "local-address": method([], result(IP_SOCKET_ADDRESS, ERROR_CODE)),
        "remote-address": method([], result(IP_SOCKET_ADDRESS, ERROR_CODE)),
        "address-family": method([], IP_ADDRESS_FAMILY),
        "unicast-hop-limit": method([], result(U8, ERROR_CODE)),
        "set-unicast-hop-limit": method([U8], result(undefined, ERROR_CODE)),
        "receive-buffer-size": method([], result(U64, ERROR_CODE)),
        "set-receive-buffer-size": method([U64], result(undefined, ERROR_CODE)),
        "send-buffer-size": method([], result(U64, ERROR_CODE)),
        "set-send-buffer-size": method([U64], result(undefined, ERROR_CODE)),
        subscribe: method([], own(POLLABLE)),
      },
      "incoming-datagram-stream": {
        receive: method([U64], result(list(INCOMING_DATAGRAM), ERROR_CODE)),
        subscribe: method([], own(POLLABLE)),
      },
      "outgoing-datagram-stream": {
        "check-send": method([], result(U64, ERROR_CODE)),
        send: method([list(OUTGOING_DATAGRAM)], result(U64, ERROR_CODE)),
        subscribe: method([], own(POLLABLE)),
      },
    },
  },
  "wasi:sockets/udp-create-socket": {
    functions: {
      "create-udp-socket": func([IP_ADDRESS_FAMILY], result(own(UDP_SOCKET), ERROR_CODE)),
    },
  },
};
