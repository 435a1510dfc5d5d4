import { leanPatch } from "./patch-lean-rule.ts";
import { type Patch } from "./patch-rule.ts";

/** What jco puts around each function that the component imports. */
export const LEAN_IMPORT_PATCHES: readonly Patch[] = [
  leanPatch({
    name: "lean-import-tasks",
    why: "an import of the host needs no task",
    pattern: String.raw`const hostProvided = true;
let parentTask;
let task;
let subtask;
const createTask = \(\) => \{
const results = createNewCurrentTask\(\{
componentIdx: -1,
isAsync: false,
entryFnName: '[^\n]*',
getCallbackFn: \(\) => null,
callbackFnName: null,
errHandling: '[^\n]*',
callingWasmExport: false,
\}\);
task = results\[0\];
\};
taskCreation: \{
parentTask = getCurrentTask\(
\d+,
_getGlobalCurrentTaskMeta\(\d+\)\?\.taskID,
\)\?\.task;
if \(!parentTask\) \{
createTask\(\);
break taskCreation;
\}
createTask\(\);
if \(hostProvided\) \{
subtask = parentTask\.getLatestSubtask\(\);
if \(!subtask\) \{
throw new Error\([^\n]*\);
\}
task\.setParentSubtask\(subtask\);
\}
\}
(?:const started = task\.enterSync\(\);
|const started = await task\.enter\(\{ isHost: hostProvided \}\);
if \(!started\) \{
throw new Error\("failed to enter task"\);
\}
)`,
    replacement: "",
  }),
  leanPatch({
    name: "lean-import-calls",
    why: "a promise of the host is awaited, once, and no timer looks for deadlocks",
    pattern: String.raw`_withGlobalCurrentTaskMeta(?:Async)?\(\{
componentIdx: task\.componentIdx\(\),
taskID: task\.id\(\),
fn: \(\) => _trackHostOperation\(\(\) => ([^]*?)\),
\}\)
;
`,
    replacement: "$1;\n",
  }),
  leanPatch({
    name: "lean-import-bindings",
    why: "the core module calls the function itself, not one that makes a subtask first",
    pattern: String.raw`^let (trampoline\d+) = _\1\.manuallyAsync \? new WebAssembly\.Suspending\(_suspendingImport\(\d+, _lowerImportBackwardsCompat\.bind\(
null,
\{
[^]*?
importFn: _\1,
\},
\)\)\) : _lowerImportBackwardsCompat\.bind\(
null,
\{
[^]*?
importFn: _\1,
\},
\);
`,
    replacement: "let $1 = _$1.manuallyAsync ? new WebAssembly.Suspending(_$1) : _$1;\n",
  }),
  leanPatch({
    name: "lean-import-guards",
    why: "an instance must not be left while `post-return` runs",
    pattern: String.raw`^(const _trampoline\d+ = (?:async )?function\([^\n]*\) \{
)`,
    replacement: "$1_isletCheck();\n",
  }),
  leanPatch({
    name: "lean-drop-guards",
    why: "the same for dropped handles, without a rest parameter and `apply`",
    pattern: String.raw`_guardMayLeave\(\d+, (trampoline\d+)\)`,
    replacement: "_isletGuard($1)",
  }),
  leanPatch({
    name: "lean-lifts",
    why: "a class may find its own object by number; jco makes a hollow one, with two defineProperty",
    pattern: String.raw`^var (rsc\d+) = (captureTable\d+)\.get\((rep\d+)\);
if \(!\1\) \{
\1 = Object\.create\(([\w$]+)\.prototype\);
Object\.defineProperty\(\1, symbolRscHandle, \{ writable: true, value: (handle\d+)\}\);
Object\.defineProperty\(\1, symbolRscRep, \{ writable: true, value: \3\}\);
\}
`,
    replacement:
      "var $1 = $2.get($3);\nif (!$1) {\n$1 = _isletLift($4, $3, $5, symbolRscHandle, symbolRscRep);\n}\n",
  }),
  leanPatch({
    name: "lean-borrows",
    why: "a property of its own in each instance, undefined, on each object that was ever lent",
    pattern: String.raw`^rsc\[symbolRscHandle\] = undefined;
\}
curResourceBorrows = \[\];
`,
    replacement:
      "if (rsc[symbolRscHandle] !== undefined) rsc[symbolRscHandle] = undefined;\n}\ncurResourceBorrows.length = 0;\n",
  }),
  leanPatch({
    name: "lean-missing",
    why: "a function that the host does not have is named, where jco reads a property of undefined",
    pattern: String.raw`^if \(([\w$.]+)\[symbolCabiLower\]\) \{$`,
    replacement: "if (_isletNeed($1, '$1')[symbolCabiLower]) {",
  }),
];
