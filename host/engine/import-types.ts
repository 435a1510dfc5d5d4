import type { ImportedInterface } from "../wasi/check-imports.ts";
import type { WitFunction } from "../wasi/wit/wit-type.ts";
import { checkPreamble, PREAMBLE_BYTES, readExternName } from "./component-names.ts";
import { EngineError } from "./error.ts";
import { type Description, readDescription } from "./extern-description.ts";
import { readDefinition } from "./type-reader.ts";
import {
  createScope,
  type Definition,
  OTHER,
  outerScope,
  spend,
  typeAt,
  type TypeScope,
} from "./type-scope.ts";
import { WasmReader } from "./wasm-reader.ts";

const INSTANCE_SECTION = 5;
const ALIAS_SECTION = 6;
const TYPE_SECTION = 7;
const IMPORT_SECTION = 10;
const EXPORT_SECTION = 11;

const SECTIONS: ReadonlySet<number> = new Set([
  INSTANCE_SECTION,
  ALIAS_SECTION,
  TYPE_SECTION,
  IMPORT_SECTION,
  EXPORT_SECTION,
]);

const TYPE_SORT = 0x03;
const INSTANCE_SORT = 0x05;

/**
 * Reads what a component declares of what it imports at its outermost level, which are interfaces mostly, the types of
 * their functions included. It need not be all that an interface has, and nobody has compared it with what the host has.
 *
 * What a type is that comes from anywhere but imports is not known, nor what an index stands for that there is not:
 * whether `image` is valid is for jco to say.
 *
 * @throws EngineError `not-wasm`, `core-module`, `truncated`, `invalid-component`, `too-large`, or `unsupported` for forms
 *   of types that are not known
 */
export function readImportTypes(image: Uint8Array): readonly ImportedInterface[] {
  checkPreamble(image);
  const declared: ImportedInterface[] = [];
  const scope = createScope();
  const sections = new WasmReader(image, PREAMBLE_BYTES);
  while (!sections.done) {
    const { id, body } = sections.section();
    if (!SECTIONS.has(id)) continue;
    spend(scope, body.end - body.at);
    switch (id) {
      case INSTANCE_SECTION:
        // What an instance is made of is not looked at, but there is a byte of it at least.
        for (let count = body.u32(); 0 < count; count--) {
          body.skip(1);
          scope.instances.push(undefined);
        }
        break;
      case ALIAS_SECTION:
        for (let count = body.u32(); 0 < count; count--) readAlias(body, scope);
        break;
      case TYPE_SECTION:
        for (let count = body.u32(); 0 < count; count--) scope.types.push(readType(body, scope));
        break;
      case IMPORT_SECTION:
        for (let count = body.u32(); 0 < count; count--) {
          const name = readExternName(body);
          const imported = readDescription(body, scope);
          const found = define(scope, pathOf(name), imported, body.bytes);
          declared.push({ name, isInterface: found !== undefined, ...(found ?? createMembers()) });
        }
        break;
      case EXPORT_SECTION:
        for (let count = body.u32(); 0 < count; count--) readExport(body, scope);
        break;
      default:
    }
  }
  return declared;
}

/** Of a type, the definition; moves behind it. */
function readType(reader: WasmReader, scope: TypeScope): Definition {
  const opcode = reader.byte();
  if (opcode !== 0x41 && opcode !== 0x42) return readDefinition(reader, opcode, scope);
  const at = reader.at;
  // Read once to get behind it; an instance's again under the name of each import that has it.
  readDeclarations(reader, scope, "");
  return opcode === 0x42 ? { tag: "instance", at, scope } : OTHER;
}

/** What the type of an interface has. */
interface Members {
  readonly functions: Map<string, WitFunction>;
  readonly types: Map<string, Definition>;
  readonly resources: string[];
  readonly others: string[];
}

/** The declarations in the type of a component or of an instance, which is to be called `path`. */
function readDeclarations(reader: WasmReader, outer: TypeScope, path: string): Members {
  const scope = createScope(outer);
  const start = reader.at;
  const members = createMembers();
  for (let count = reader.u32(); 0 < count; count--) {
    const kind = reader.byte();
    if (kind === 0x01) scope.types.push(readType(reader, scope));
    else if (kind === 0x02) readAlias(reader, scope);
    else if (kind === 0x03 || kind === 0x04) {
      const name = readExternName(reader);
      const described = readDescription(reader, scope);
      define(scope, `${path}/${name}`, described, reader.bytes);
      if (kind === 0x04) addMember(members, name, described, scope);
    } else {
      throw new EngineError("unsupported", `Declarations of the kind ${kind} are not known`);
    }
  }
  spend(scope, reader.at - start);
  return members;
}

function createMembers(): Members {
  return { functions: new Map(), types: new Map(), resources: [], others: [] };
}

function addMember(
  { functions, types, resources, others }: Members,
  name: string,
  described: Description,
  scope: TypeScope,
): void {
  switch (described.tag) {
    case "function":
      functions.set(name, described.type);
      return;
    case "resource":
      resources.push(name);
      types.set(name, scope.types.at(-1) ?? OTHER);
      return;
    case "type":
      types.set(name, described.definition);
      return;
    case "instance":
    case "other":
      others.push(name);
  }
}

/** Gives what was described its index, a resource or an instance with the name `path`; of an instance, its members. */
function define(
  scope: TypeScope,
  path: string,
  described: Description,
  image: Uint8Array,
): Members | undefined {
  if (described.tag === "resource") scope.types.push({ tag: "resource", name: path });
  else if (described.tag === "type") scope.types.push(described.definition);
  if (described.tag !== "instance") return undefined;
  const { definition } = described;
  // An interface within an interface is nothing that WASI has, so nobody asks what is in it.
  const isKnown = definition.tag === "instance" && scope.outer === undefined;
  const members = isKnown
    ? readDeclarations(new WasmReader(image, definition.at), definition.scope, path)
    : undefined;
  scope.instances.push(members?.types);
  return members;
}

// alias ::= s:<sort> t:<aliastarget>
// aliastarget ::= 0x00 instanceidx name | 0x01 core:instanceidx core:name | 0x02 ct:u32 idx:u32
function readAlias(reader: WasmReader, scope: TypeScope): void {
  const sort = readSort(reader);
  const target = reader.byte();
  const index = reader.u32();
  let found: Definition = OTHER;
  if (target === 0x02) {
    const inner = reader.u32();
    const from = outerScope(scope, index);
    if (from !== undefined) found = typeAt(from, inner);
  } else {
    const name = reader.name();
    if (target === 0x00) found = scope.instances[index]?.get(name) ?? OTHER;
  }
  if (sort === TYPE_SORT) scope.types.push(found);
  if (sort === INSTANCE_SORT) scope.instances.push(undefined);
}

/** What is exported has an index of its own from there on. */
function readExport(reader: WasmReader, scope: TypeScope): void {
  readExternName(reader);
  const sort = readSort(reader);
  const index = reader.u32();
  const ascribed = reader.byte() === 0 ? undefined : readDescription(reader, scope);
  if (sort === INSTANCE_SORT) scope.instances.push(scope.instances[index]);
  if (sort !== TYPE_SORT) return;
  if (ascribed?.tag === "type") scope.types.push(ascribed.definition);
  else scope.types.push(ascribed === undefined ? typeAt(scope, index) : OTHER);
}

// sort ::= 0x00 core:sort | 0x01 … 0x05
function readSort(reader: WasmReader): number {
  const sort = reader.byte();
  if (sort === 0x00) reader.byte();
  return sort;
}

function pathOf(name: string): string {
  return name.replace(/@.*$/, "");
}
