/** The fast paths of `wasi:http/types.fields`; importing this module attaches those of the methods. */
import { GuestMemory, lowerFunction, lowerMethod, type LowerOptions } from "../cabi.ts";
import { Handles } from "../cabi-handle.ts";
import type { Guest } from "../guest.ts";
import { GuestError } from "../guest-error.ts";
import { FIELDS_SIZE_MAX, FieldMap, fieldsTooLarge, type HeaderError } from "./field-map.ts";
import { Fields } from "./fields.ts";

const OK = 0;
const ERR = 1;
/** `header-error` in WIT's order. */
const HEADER_ERRORS: readonly HeaderError["tag"][] = ["invalid-syntax", "forbidden", "immutable"];

/** Entries of a list that a guest hands over: a pointer and a length each for name and value. */
const ENTRY_SIZE = 16;
const VALUE_SIZE = 8;

/** The constructor and `from-list` for one guest. */
export function createFieldsFactory(guest: Guest): {
  readonly construct: () => Fields;
  readonly fromList: (entries: readonly (readonly [string, Uint8Array])[]) => Fields;
} {
  const construct = (): Fields => new Fields(guest);
  const fromList = (entries: readonly (readonly [string, Uint8Array])[]): Fields =>
    Fields.fromList(guest, entries);
  lowerFunction(construct, (options) => {
    const handles = Handles.inOrder(options, [Fields]);
    return (): number => handles.lowerOwn(Fields, new Fields(guest));
  });
  lowerFunction(fromList, (options) => {
    const memory = new GuestMemory(options);
    const handles = Handles.inOrder(options, [Fields]);
    return (pointer: number, length: number, result: number): void =>
      attempt(memory, result >>> 0, 4, () => {
        const map = liftEntries(memory, pointer >>> 0, length >>> 0);
        const handle = handles.lowerOwn(Fields, new Fields(guest, map));
        memory.view.setUint32((result >>> 0) + 4, handle, true);
      });
  });
  return { construct, fromList };
}

lowerMethod(Fields, "clone", (options) => {
  const handles = Handles.inOrder(options, [Fields]);
  return (handle: number): number => handles.lowerOwn(Fields, handles.lift(Fields, handle).clone());
});

lowerMethod(Fields, "has", (options) => {
  const call = new FieldsCall(options);
  return (handle: number, name: number, length: number): number =>
    call.lift(handle).has(call.memory.readLatin1(name, length)) ? 1 : 0;
});

lowerMethod(Fields, "get", (options) => {
  const call = new FieldsCall(options);
  return (handle: number, name: number, length: number, result: number): void => {
    const values = call.lift(handle).map.get(call.memory.readLatin1(name, length));
    lowerList(call.memory, values, VALUE_SIZE, result >>> 0, (value, at) =>
      call.memory.writeLatin1(value, at),
    );
  };
});

lowerMethod(Fields, "entries", (options) => {
  const call = new FieldsCall(options);
  return (handle: number, result: number): void => {
    const { entries } = call.lift(handle).map;
    lowerList(call.memory, entries, ENTRY_SIZE, result >>> 0, ([name, value], at) => {
      call.memory.writeLatin1(name, at);
      call.memory.writeLatin1(value, at + 8);
    });
  };
});

lowerMethod(Fields, "set", (options) => {
  const { memory, lift } = new FieldsCall(options);
  return (
    handle: number,
    name: number,
    nameLength: number,
    values: number,
    count: number,
    result: number,
  ): void => {
    const fields = lift(handle);
    const texts = liftValues(memory, values >>> 0, count >>> 0);
    attempt(memory, result >>> 0, 1, () =>
      fields.writable().set(memory.readLatin1(name, nameLength), texts),
    );
  };
});

lowerMethod(Fields, "append", (options) => {
  const { memory, lift } = new FieldsCall(options);
  return (
    handle: number,
    name: number,
    nameLength: number,
    value: number,
    valueLength: number,
    result: number,
  ): void => {
    const fields = lift(handle);
    attempt(memory, result >>> 0, 1, () =>
      fields
        .writable()
        .append(memory.readLatin1(name, nameLength), memory.readLatin1(value, valueLength)),
    );
  };
});

lowerMethod(Fields, "delete", (options) => {
  const { memory, lift } = new FieldsCall(options);
  return (handle: number, name: number, length: number, result: number): void => {
    const fields = lift(handle);
    attempt(memory, result >>> 0, 1, () => fields.delete(memory.readLatin1(name, length)));
  };
});

class FieldsCall {
  readonly memory: GuestMemory;
  readonly lift: (handle: number) => Fields;

  constructor(options: LowerOptions) {
    this.memory = new GuestMemory(options);
    const handles = Handles.inOrder(options, [Fields]);
    this.lift = (handle) => handles.lift(Fields, handle);
  }
}

/** Writes `result<…, header-error>`; the payload starts at `offset`, and `change` writes that of the good case. */
function attempt(memory: GuestMemory, result: number, offset: 1 | 4, change: () => void): void {
  try {
    change();
    memory.view.setUint8(result, OK);
  } catch (error) {
    if (!isHeaderError(error)) throw error;
    memory.view.setUint8(result, ERR);
    memory.view.setUint8(result + offset, HEADER_ERRORS.indexOf(error.payload.tag));
  }
}

function isHeaderError(error: unknown): error is GuestError<HeaderError> {
  return error instanceof GuestError;
}

function liftEntries(memory: GuestMemory, pointer: number, length: number): FieldMap {
  const map = new FieldMap();
  for (let at = pointer; at < pointer + length * ENTRY_SIZE; at += ENTRY_SIZE) {
    map.append(liftText(memory, at), liftText(memory, at + 8));
  }
  return map;
}

function liftValues(memory: GuestMemory, pointer: number, length: number): string[] {
  if (length > FIELDS_SIZE_MAX) throw fieldsTooLarge();
  const values: string[] = [];
  // Values may overlap: together they can be larger than the guest's memory, many times.
  let size = 0;
  for (let at = pointer; at < pointer + length * VALUE_SIZE; at += VALUE_SIZE) {
    size += memory.view.getUint32(at + 4, true);
    if (size > FIELDS_SIZE_MAX) throw fieldsTooLarge();
    values.push(liftText(memory, at));
  }
  return values;
}

function liftText(memory: GuestMemory, at: number): string {
  const { view } = memory;
  return memory.readLatin1(view.getUint32(at, true), view.getUint32(at + 4, true));
}

/** Writes a list of elements of `size` bytes; each is written by `write`, which may have the guest allocate. */
function lowerList<T>(
  memory: GuestMemory,
  elements: readonly T[],
  size: number,
  result: number,
  write: (element: T, at: number) => void,
): void {
  const pointer = memory.allocate(4, elements.length * size);
  let at = pointer;
  for (const element of elements) {
    write(element, at);
    at += size;
  }
  memory.writeList(pointer, elements.length, result);
}
