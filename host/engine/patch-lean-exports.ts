import { leanPatch } from "./patch-lean-rule.ts";
import { type Patch } from "./patch-rule.ts";

const TASK_OF_EXPORT = (manualAsync: boolean): string => String.raw`const hostProvided = false;
getOrCreateAsyncState\(\d+\)\.throwIfTrapped\(\);
const \[task, _wasm_call_currentTaskID\] = createNewCurrentTask\(\{
componentIdx: \d+,
isAsync: false,
isManualAsync: ${manualAsync},
preserveFutureResult: false,
entryFnName: '[^\n]*',
getCallbackFn: \(\) => null,
callbackFnName: null,
errHandling: '[^\n]*',
callingWasmExport: true,
\}\);
task\.setCalleeIsAsync\(false\);
`;

const MEMORY_OF_EXPORT = String.raw`CURRENT_TASK_MAY_BLOCK\.value = task\.mayBlock\(\) \? 1 : 0;
if \(\w+!== null\) \{
task\.setReturnMemoryIdx\(\w+\);
task\.setReturnMemory\(\(\(\) => \w+\)\(\)\);
\}
`;

const END_OF_EXPORT = String.raw`\} catch \(err\) \{
if \(!task\.isResolvedState\(\)\) \{
task\.setErrored\(err\);
task\.reject\(err\);
\}
if \(!task\.isExited\(\)\) \{ task\.exit\(\{ skipExclusiveLockCheck: true \}\); \}
throw err;
\}
\},
\}\);
`;

/** What jco puts around each function that the component exports. */
export const LEAN_EXPORT_PATCHES: readonly Patch[] = [
  leanPatch({
    name: "lean-async-exports",
    why: "a call that may suspend takes the instance, or waits for its turn; no task, three promises less",
    pattern: String.raw`${TASK_OF_EXPORT(true)}const started = await task\.enter\(\);
if \(!started\) \{
throw new Error\("failed to enter task"\);
\}
${MEMORY_OF_EXPORT}return await _withGlobalCurrentTaskMetaAsync\(\{
taskID: task\.id\(\),
componentIdx: task\.componentIdx\(\),
fn: async \(\) => \{
try \{
([^]*?)${END_OF_EXPORT}`,
    replacement: `if (_isletBusy) await _isletTurn();
else _isletBusy = true;
try {
_isletEnter();
$1} finally {
_isletLeave();
}
`,
  }),
  leanPatch({
    name: "lean-sync-exports",
    why: "a call that cannot suspend runs at once, also while another is suspended",
    pattern: String.raw`${TASK_OF_EXPORT(false)}const started = task\.enterSync\(\);
${MEMORY_OF_EXPORT}return _withGlobalCurrentTaskMeta\(\{
taskID: task\.id\(\),
componentIdx: task\.componentIdx\(\),
fn: \(\) => \{
try \{
([^]*?)${END_OF_EXPORT}`,
    replacement: "_isletEnter();\n{\n$1}\n",
  }),
  leanPatch({
    name: "lean-export-calls",
    why: "the core function is called as it is; what an import failed with fails the call",
    pattern: String.raw`_withGlobalCurrentTaskMeta\(\{
taskID: task\.id\(\),
componentIdx: task\.componentIdx\(\),
fn: \(\) => ([^]*?),
\}\);
`,
    replacement: "$1;\nif (_isletFailure !== undefined) throw _isletFailure.err;\n",
  }),
  leanPatch({
    name: "lean-post-return",
    why: "the flag is a variable",
    pattern: String.raw`let cstate = getOrCreateAsyncState\(\d+\);
cstate\.mayLeave = false;
(postReturn\d+\([^\n]*\);)
cstate\.mayLeave = true;
`,
    replacement: "_isletSetMayLeave(false);\n$1\n_isletSetMayLeave(true);\n",
  }),
];
