import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { version } from "../version.ts";

/** What the document about the API says besides its routes. */
export const OPENAPI: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: "3.1.0",
    info: {
      title: "Islet",
      version: version(),
      description:
        "The control API of an Islet host. It is served on a Unix socket, and with a bearer token over TCP. " +
        "A workload is named by its ID, as namespace/name (with %2F) or by its name alone where that is unambiguous. " +
        "Requests that change something need content-type: application/json.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: [
      { name: "workloads", description: "Their life" },
      { name: "observe", description: "What happens and what happened" },
      { name: "policy", description: "What guests may reach" },
      { name: "forwards", description: "Ports of this machine that lead into workloads" },
      { name: "tunnels", description: "Ports of workloads that tunnel servers publish" },
      {
        name: "firecase",
        description: "Port forwards as Firecase has them: an instance is a workload",
      },
      { name: "wasmrun", description: "Tunnels in the words of wasmrun's API" },
      { name: "tunnels", description: "Ports of workloads that tunnel servers publish" },
      { name: "host", description: "The host itself" },
    ],
    components: {
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description: "Over TCP; the Unix socket needs none",
        },
      },
    },
    security: [{ token: [] }, {}],
  },
  refResolver: {
    buildLocalReference: (schema, _base, _path, index) =>
      typeof schema["$id"] === "string" ? schema["$id"] : `schema-${index}`,
  },
};
