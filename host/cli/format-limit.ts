/** A limit of a guest as a manifest would have it: `memory=64Mi`, `hang=5s`, `sockets=256`. */
export function formatLimit([name, value]: readonly [name: string, value: number]): string {
  if (SIZES.has(name)) return `${name}=${formatSize(value)}`;
  if (!DURATIONS.has(name)) return `${name}=${value}`;
  return `${name}=${value % 1000 === 0 ? `${value / 1000}s` : `${value}ms`}`;
}

/** A number of bytes in the largest unit that fits, with one digit behind the point where need be: `16Mi`, `12.6Mi`. */
export function formatSize(bytes: number): string {
  const [unit, size] = UNITS.find(([, size]) => bytes >= size) ?? ["", 1];
  return `${Number((bytes / size).toFixed(1))}${unit}`;
}

const SIZES: ReadonlySet<string> = new Set(["memory", "bufferedBytes", "heap"]);
const DURATIONS: ReadonlySet<string> = new Set(["hang"]);

const UNITS: readonly (readonly [string, number])[] = [
  ["Gi", 2 ** 30],
  ["Mi", 2 ** 20],
  ["Ki", 2 ** 10],
];
