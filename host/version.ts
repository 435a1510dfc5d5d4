import packageJson from "../package.json" with { type: "json" };

/** The version of Islet, as in `package.json`. */
export function version(): string {
  return packageJson.version;
}
