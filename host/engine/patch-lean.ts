import { LEAN_EXPORT_PATCHES } from "./patch-lean-exports.ts";
import { LEAN_IMPORT_PATCHES } from "./patch-lean-imports.ts";
import { leanPatch } from "./patch-lean-rule.ts";
import { pruneDeclarations } from "./patch-prune.ts";
import { type Patch, applyPatch } from "./patch-rule.ts";

/**
 * jco wraps every call, in or out, into the tasks and subtasks of WASI 0.3's component model:
 * a dozen objects and promises per call. A component of WASI 0.2, where one call is in an instance
 * at a time and nothing returns before it is done, needs of all that: calls that queue,
 * a trap that poisons the instance, imports that are refused while `post-return` runs, and
 * an error of an import that fails the call even if the guest catches it.
 *
 * These patches take the machinery out of the part of the glue that is specific to the
 * component and put `STATE` in its place. Whether every piece was found is decided by what
 * remains: if anything still mentions a task, the glue is left as it was, which is slower
 * and as right as jco is.
 *
 * A resource class of the import object may have a static function under
 * `Symbol.for("islet.lift")`, which gives the object of a number (`Symbol.for("cabiRep")`) and
 * throws if there is none. Lean glue then passes that object where jco, for a handle that a
 * fast path made, would pass a hollow one.
 */
export function toLean(
  glue: string,
): { readonly glue: string; readonly counts: Readonly<Record<string, number>> } | undefined {
  const start = glue.indexOf(BODY_START);
  if (start === -1 || !glue.includes(HEAD_END)) return undefined;
  const counts: Record<string, number> = {};
  let body = glue.slice(start);
  if (ASYNCHRONOUS.test(body)) return undefined;
  // Of a composition, one component alone may face the host.
  const faces = new Set(body.match(/^componentIdx: \d+,$/gm));
  if (1 < faces.size) return undefined;
  for (const patch of LEAN_PATCHES) {
    const result = applyPatch(patch, body);
    body = result.glue;
    counts[patch.name] = result.count;
  }
  for (const face of faces) body = keepFlags(body, face.replaceAll(/\D/g, ""));
  const head = glue.indexOf(HEAD_END) + HEAD_END.length;
  const pruned = pruneDeclarations(glue.slice(head, start), `${STATE}${body}`);
  counts["lean-prune"] = pruned.count;
  if (REMAINS.test(body) || REMAINS.test(pruned.code)) return undefined;
  return { glue: `${glue.slice(0, head)}${pruned.code}${STATE}${body}`, counts };
}

/** A global says whether an instance may be left, where adapters of a composition read it. */
function keepFlags(body: string, index: string): string {
  const flags = `instanceFlags${index}`;
  const definition = new RegExp(`^const ${flags} = [^\\n]*\\n`, "m");
  const isRead = body.replace(definition, "").includes(flags);
  return body.replace(definition, isRead ? `$&_isletFlags = ${flags};\n` : "");
}

const BODY_START = "let gen= (function* _initGenerator () {\n";
const HEAD_END = "instantiateCore = WebAssembly.instantiate) {\n";
const ASYNCHRONOUS = /^(?:isAsync|funcTypeIsAsync|preserveFutureResult): true,$/m;
const REMAINS =
  /\b(?:task|subtask|parentTask|cstate)\.\w+\(|AsyncState\(|CurrentTask|CURRENT_TASK|class AsyncTask|_lowerImport|_suspendingImport|_trackHostOperation\(|_checkMayLeave|_guardMayLeave|INSTANCE_FLAGS|resourceTransfer/;

// Names that begin with `_islet` cannot collide with those that jco makes of WIT names.
const STATE = `let _isletBusy = false, _isletTrapped = false, _isletMayLeave = true, _isletFailure, _isletFlags;
let _isletContext = [0, 0];
const _isletContexts = [];
const _isletQueue = [];
const _isletLiftSymbol = Symbol.for('islet.lift');
function _isletEnter() {
if (_isletTrapped) throw new WebAssemblyRuntimeError('wasm trap: cannot enter component instance');
_isletFailure = undefined;
}
function _isletTurn() { return new Promise((resolve) => _isletQueue.push(resolve)); }
function _isletLeave() {
const next = _isletQueue.shift();
if (next === undefined) _isletBusy = false;
else next();
}
function _isletCheck() {
if (!_isletMayLeave || (_isletFlags !== undefined && _isletFlags.value !== 1)) throw new WebAssemblyRuntimeError('cannot leave component instance');
}
function _isletMarkTrapped(err) {
if (!(err instanceof WebAssemblyRuntimeError)) return false;
_normalizeCoreTrap(err);
_isletTrapped = true;
return true;
}
function _isletFail(err) {
_isletMarkTrapped(err);
_isletFailure ??= { err };
return err;
}
function _isletLift(resource, rep, handle, symbolHandle, symbolRep) {
const lift = resource[_isletLiftSymbol];
if (lift !== undefined) return lift(rep);
const hollow = Object.create(resource.prototype);
Object.defineProperty(hollow, symbolHandle, { writable: true, value: handle});
Object.defineProperty(hollow, symbolRep, { writable: true, value: rep});
return hollow;
}
function _isletNeed(implementation, name) {
if (implementation === undefined) throw new Error('the host has no ' + name);
return implementation;
}
function _isletSetMayLeave(mayLeave) {
_isletMayLeave = mayLeave;
if (_isletFlags !== undefined) _isletFlags.value = mayLeave ? 1 : 0;
}
function _isletEnterGuest(caller, calleeIsAsync) {
if (calleeIsAsync) throw new WebAssemblyRuntimeError('cannot call an asynchronous function');
_isletContexts.push(_isletContext);
_isletContext = [0, 0];
}
function _isletExitGuest() {
_isletContext = _isletContexts.pop();
}
function _isletGuard(drop) {
return function (handle) {
_isletCheck();
return drop(handle);
};
}
`;

const LEAN_COMMON_PATCHES: readonly Patch[] = [
  leanPatch({
    name: "lean-errors",
    why: "a trap poisons the instance; an error rejects the call, whatever the guest makes of it",
    pattern: String.raw`getOrCreateAsyncState\(\d+\)\.markTrapped\(err\);
task\.setErrored\(err\);
task\.reject\(err\);
task\.exit\(\);
(?:throw err|return task\.completionPromise\(\));
`,
    replacement: "throw _isletFail(err);\n",
  }),
  leanPatch({
    name: "lean-result-errors",
    why: "an error that is a value of the function's result is the guest's; only traps are not",
    pattern: String.raw`if \(getOrCreateAsyncState\(\d+\)\.markTrapped\(e\)\) \{ throw e; \}
`,
    replacement: "if (_isletMarkTrapped(e)) { throw _isletFail(e); }\n",
  }),
  leanPatch({
    name: "lean-results",
    why: "nobody asks a task for its result",
    pattern: String.raw`^task\.resolve\(\[[^\n]*\]\);
`,
    replacement: "",
  }),
  leanPatch({
    name: "lean-exits",
    why: "there is no task to leave",
    pattern: String.raw`^task\.exit\(\);
`,
    replacement: "",
  }),
  leanPatch({
    name: "lean-instance-flags",
    why: "the flag is a variable, and for the adapters of a composition also the global that they read",
    pattern: String.raw`^INSTANCE_FLAGS\.set\(\d+, (instanceFlags\d+)\);
`,
    replacement: "",
  }),
  leanPatch({
    name: "lean-guest-calls",
    why: "a call from one component of a composition to another needs a context of its own, no task",
    pattern: String.raw`_conditionalSuspending3I32ToVoid\(
\(callerComponentIdx, calleeIsAsync, calleeComponentIdx\) => _symmetricSyncGuestCallEnter\([^\n]*\),
\(callerComponentIdx, calleeIsAsync, calleeComponentIdx\) => _suspendingImport\([^\n]*\),
\);
`,
    replacement: "_isletEnterGuest;\n",
  }),
  leanPatch({
    name: "lean-guest-returns",
    why: "the same on the way back",
    pattern: String.raw`= _symmetricSyncGuestCallExit;
`,
    replacement: "= _isletExitGuest;\n",
  }),
  leanPatch({
    name: "lean-context-gets",
    why: "the context is a variable",
    pattern: String.raw`\bcontextGet\.bind\(null, \{ slot: (\d) \}\)`,
    replacement: "() => _isletContext[$1]",
  }),
  leanPatch({
    name: "lean-context-sets",
    why: "the context is a variable",
    pattern: String.raw`\bcontextSet\.bind\(null, \{ slot: (\d) \}\)`,
    replacement: "(value) => { _isletContext[$1] = value; }",
  }),
];

/** In this order, on the part of the glue that is specific to the component. */
const LEAN_PATCHES: readonly Patch[] = [
  ...LEAN_EXPORT_PATCHES,
  ...LEAN_IMPORT_PATCHES,
  ...LEAN_COMMON_PATCHES,
];
