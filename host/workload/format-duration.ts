/** A duration as manifests write it: `250 ms`, `5 s`, `2.5 s`, `1 min`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000 || milliseconds % 60_000 !== 0) {
    return `${Math.round(milliseconds / 100) / 10} s`;
  }
  return `${milliseconds / 60_000} min`;
}
