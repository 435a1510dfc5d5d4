import { AnswerError, UnreachableError } from "../api/client/error.ts";
import { BODY_MAX, MANIFESTS_MAX } from "../api/limits.ts";
import type { ApplyResource } from "../api/resource/applied.ts";
import { ManifestError } from "../manifest/error.ts";
import { toDisplayPath } from "../manifest/manifest-file.ts";
import { type HostOption, withHost } from "./connect.ts";
import type { CommandContext } from "./context.ts";
import { readGivenManifests } from "./given-manifests.ts";
import { isJson } from "./output-format.ts";
import { printable } from "./printable.ts";
import type { Style, Terminal } from "./terminal.ts";

export interface ApplyOptions extends HostOption {
  readonly file: readonly string[];
  readonly wait: boolean;
  readonly output?: string | undefined;
}

/** `islet apply -f FILE…`: brings manifests to a running host. */
export async function applyCommand(options: ApplyOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const json = isJson(options.output);
  const manifests = await readGivenManifests(options.file, context.interrupt);
  const size = Buffer.byteLength(JSON.stringify({ manifests, wait: options.wait }));
  if (size > MANIFESTS_MAX) {
    throw new Error(
      `Cannot apply ${size} bytes of manifests at once: a host takes ${MANIFESTS_MAX}. Apply them in parts`,
    );
  }
  const result = await withHost(options, context, (client) =>
    client.apply(manifests, options.wait).catch((error: unknown) => {
      throw toManifestError(error) ?? toSizeError(error, size) ?? error;
    }),
  );
  for (const { file, line, column, detail } of result.notices) {
    const place = `${toDisplayPath(file, process.cwd())}:${line}:${column}`;
    terminal.err(terminal.style("dim", printable(`${place}: ${detail}`)));
  }
  if (json) terminal.out(JSON.stringify(result, undefined, 2));
  else for (const line of describe(result, terminal)) terminal.out(line);
  const failed = result.applied.filter(({ outcome }) => outcome === "failed" || outcome === "kept");
  if (failed.length > 0) {
    const names = failed.map(({ workload: { namespace, name } }) => `${namespace}/${name}`);
    throw new Error(`Not ready: ${names.join(", ")}. Try: islet logs ${names[0]}`);
  }
}

function describe({ applied }: ApplyResource, terminal: Terminal): string[] {
  return applied.map(({ outcome, reason, workload }) => {
    const { namespace, name, state } = workload;
    const why = reason ?? workload.reason;
    const what = terminal.styleOut(STYLES[outcome], outcome);
    return `${printable(`${namespace}/${name}`)} ${what}${printable(`: ${state} (${why})`)}`;
  });
}

const STYLES: Readonly<Record<ApplyResource["applied"][number]["outcome"], Style>> = {
  created: "green",
  replaced: "green",
  unchanged: "dim",
  kept: "yellow",
  failed: "red",
};

/** A host that closes the connection on a body that is too large may not be heard saying so. */
function toSizeError(error: unknown, size: number): Error | undefined {
  if (!(error instanceof UnreachableError) || error.gone || size <= BODY_MAX) return undefined;
  return new Error(
    `${error.message}. Over TCP a host takes ${BODY_MAX} bytes of manifests, and these have ${size}: use its socket`,
    { cause: error },
  );
}

/** The mistakes that the host found, as this process would tell them. */
function toManifestError(error: unknown): ManifestError | undefined {
  if (!(error instanceof AnswerError)) return undefined;
  const problems = (error.problem?.errors ?? []).flatMap(
    ({ detail, file, line = 1, column = 1, code = "bad-value" as const }) =>
      file === undefined
        ? []
        : [
            {
              location: { file: toDisplayPath(file, process.cwd()), line, column },
              message: detail,
              code,
            },
          ],
  );
  return problems.length === 0 ? undefined : new ManifestError(problems);
}
