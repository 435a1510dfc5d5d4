/** A route as it is declared: `/v1/workloads/:id`. */
export interface RouteName {
  readonly methods: readonly string[];
  readonly url: string;
}

/** The methods that a path takes; none where there is no such path. */
export function allowedMethods(path: string, routes: readonly RouteName[]): string[] {
  const parts = path.split("/");
  const methods = routes
    .filter(({ url }) => matches(url.split("/"), parts))
    .flatMap((route) => route.methods);
  return [...new Set(methods)].toSorted();
}

function matches(pattern: readonly string[], parts: readonly string[]): boolean {
  return (
    pattern.length === parts.length &&
    pattern.every((part, index) =>
      part.startsWith(":") ? parts[index] !== "" : part === parts[index],
    )
  );
}
