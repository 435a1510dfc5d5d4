import { isAbsolute } from "node:path";
import type { FastifyInstance } from "fastify";
import { loadManifestTexts, type ManifestText } from "../../manifest/load.ts";
import { manifestsLimit } from "../body-limit.ts";
import type { ApiContext } from "../context.ts";
import { parseGracePeriod } from "../grace-period.ts";
import { ProblemError } from "../problem.ts";
import { toApplyResource } from "../resource/applied.ts";
import { toWorkloadResource } from "../resource/workload.ts";
import { list, record, refer } from "../schema/build.ts";
import { answer, ID_PARAMS, problems, query } from "../schema/route.ts";
import { APPLY_BODY, GRACE_PERIOD, WAIT } from "../schema/request.ts";

interface ApplyBody {
  readonly manifests?: readonly ManifestText[];
  readonly wait?: boolean;
}

/** The workloads: to list, apply, describe and delete them. */
export function addWorkloadRoutes(app: FastifyInstance, { host, isAdmin }: ApiContext): void {
  app.get(
    "/v1/workloads",
    {
      schema: {
        operationId: "listWorkloads",
        summary: "All workloads, by name",
        tags: ["workloads"],
        querystring: query({}),
        response: {
          200: answer("All of them", record({ workloads: list(refer("Workload")) })),
          ...problems({}),
        },
      },
    },
    async () => ({ workloads: host.list().map(toWorkloadResource) }),
  );

  app.post<{ Body: ApplyBody; Querystring: { wait?: boolean } }>(
    "/v1/workloads",
    {
      ...manifestsLimit(isAdmin),
      schema: {
        operationId: "applyWorkloads",
        summary: "Start what is new, replace what changed, leave alone what is unchanged",
        description:
          "Nothing is applied where anything is wrong with any of it. Images are relative to the manifest's name.",
        tags: ["workloads"],
        querystring: query({ wait: WAIT }),
        body: APPLY_BODY,
        response: {
          200: answer("Each is ready, has failed or was unchanged", refer("Applied")),
          202: answer("All are prepared; wait was false", refer("Applied")),
          ...problems({
            413: "More than 256 KiB; over the socket, and with the administrator's token, more than 8 MiB",
            422: "A manifest is wrong, or a workload cannot run",
          }),
        },
      },
    },
    async (request, reply) => {
      // What a resource has besides its kind is not what the schema says of a list of manifests.
      const { manifests, wait: wished }: ApplyBody = "kind" in request.body ? {} : request.body;
      const texts = manifests ?? [{ name: "/request.json", text: request.bodyText ?? "" }];
      checkNames(texts);
      const wait = wished ?? request.query.wait ?? true;
      const { workloads, notices } = await loadManifestTexts(texts);
      const applied = await host.apply(workloads, { wait });
      return reply.code(wait ? 200 : 202).send(toApplyResource(applied, notices));
    },
  );

  app.get<{ Params: { id: string } }>(
    "/v1/workloads/:id",
    {
      schema: {
        operationId: "getWorkload",
        summary: "One workload",
        tags: ["workloads"],
        params: ID_PARAMS,
        querystring: query({}),
        response: {
          200: answer("It", refer("Workload")),
          ...problems({ 404: "There is none", 409: "There are several of that name" }),
        },
      },
    },
    async ({ params }) => toWorkloadResource(host.get(params.id)),
  );

  app.delete<{ Params: { id: string }; Querystring: { gracePeriod?: string } }>(
    "/v1/workloads/:id",
    {
      schema: {
        operationId: "deleteWorkload",
        summary: "Drain a workload, stop it and forget it",
        tags: ["workloads"],
        params: ID_PARAMS,
        querystring: query({ gracePeriod: GRACE_PERIOD }),
        response: {
          204: { description: "It is gone" },
          ...problems({ 404: "There is none", 409: "There are several of that name" }),
        },
      },
    },
    async ({ params, query }, reply) => {
      await host.delete(params.id, { gracePeriod: parseGracePeriod(query.gracePeriod) });
      return reply.code(204).send();
    },
  );
}

/** The directory of a name is where images are looked for; one name for two texts would make places ambiguous. */
function checkNames(texts: readonly ManifestText[]): void {
  const seen = new Set<string>();
  for (const [index, { name }] of texts.entries()) {
    const pointer = `/manifests/${index}/name`;
    const fault = !isAbsolute(name)
      ? "must be an absolute path"
      : name.includes("\0")
        ? "must not have a NUL"
        : seen.has(name)
          ? "is given twice"
          : undefined;
    if (fault !== undefined) {
      throw new ProblemError("invalid-request", `body ${pointer} ${fault}`, {
        errors: [{ pointer, detail: fault }],
      });
    }
    seen.add(name);
  }
}
