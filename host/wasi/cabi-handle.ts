import type { HandleTable, LowerOptions } from "./cabi.ts";
import { type Resource, resourceByRep } from "./resource.ts";

/** A class of resources, abstract ones included. */
export type ResourceClass<T extends Resource = Resource> = abstract new (...args: never[]) => T;

/**
 * The handles in one function's signature: numbers of the guest become objects of the host and back.
 *
 * jco lists the tables of a signature by the order in which the component mentions their types. Types of different
 * interfaces come in the order of their dependencies (`inOrder`); within one interface it depends on the functions
 * that the component happens to import, so there the table of a parameter is the one in which the handle is of the
 * class, and the table of a result is the one left over. A table that was recognised once stays recognised.
 */
export class Handles {
  /** For a signature whose resource types are `classes`, all of different interfaces, dependencies first. */
  static inOrder(options: LowerOptions, classes: readonly ResourceClass[]): Handles {
    const tables = options.resourceTables ?? [];
    for (const [index, table] of tables.entries()) {
      const resourceClass = tables.length === classes.length ? classes[index] : undefined;
      if (resourceClass !== undefined) classOfTable.set(table, resourceClass);
    }
    return new Handles(options);
  }

  readonly #tables: readonly HandleTable[];
  readonly #classes: (ResourceClass | undefined)[];

  constructor({ resourceTables = [] }: LowerOptions) {
    this.#tables = resourceTables;
    this.#classes = resourceTables.map(() => undefined);
  }

  /**
   * The object of a live handle. A handle that the guest made up, dropped or took from another type
   * is a `RangeError`, hence a trap.
   */
  lift<T extends Resource>(resourceClass: ResourceClass<T>, handle: number): T {
    return toClass(resourceClass, this.#paramTable(resourceClass, handle), handle);
  }

  /** As `lift`, and the guest gives the handle up: the object is the caller's from here on. */
  liftOwn<T extends Resource>(resourceClass: ResourceClass<T>, handle: number): T {
    const table = this.#paramTable(resourceClass, handle);
    const resource = toClass(resourceClass, table, handle);
    remove(table, handle);
    return resource;
  }

  /** Gives the guest a handle that owns `resource`. */
  lowerOwn(resourceClass: ResourceClass, resource: Resource): number {
    return insert(this.#resultTable(resourceClass), resource.rep);
  }

  #paramTable(resourceClass: ResourceClass, handle: number): HandleTable {
    return (
      this.#known(resourceClass) ??
      this.#recognise(resourceClass, (table) => entryOf(table, handle) instanceof resourceClass)
    );
  }

  #resultTable(resourceClass: ResourceClass): HandleTable {
    return this.#known(resourceClass) ?? this.#recognise(resourceClass, () => true);
  }

  #known(resourceClass: ResourceClass): HandleTable | undefined {
    const classes = this.#classes;
    for (let index = 0; index < classes.length; index += 1) {
      if (classes[index] === resourceClass) return this.#tables[index];
    }
    return undefined;
  }

  #recognise(resourceClass: ResourceClass, fits: (table: HandleTable) => boolean): HandleTable {
    for (const [index, table] of this.#tables.entries()) {
      this.#classes[index] ??= classOfTable.get(table);
    }
    const known = this.#known(resourceClass);
    if (known !== undefined) return known;
    const table = this.#tables.find((table, index) => !this.#classes[index] && fits(table));
    if (table === undefined) throw unknownHandle();
    classOfTable.set(table, resourceClass);
    this.#classes[this.#tables.indexOf(table)] = resourceClass;
    return table;
  }
}

/** What a table holds, for the other functions of its instance; it lives as long as the instance. */
const classOfTable = new WeakMap<HandleTable, ResourceClass>();

/**
 * jco's handle tables, as its glue (`rscTableCreateOwn`, `rscTableRemove`) keeps them:
 * `table[2h]` is the borrow scope of handle `h`, or, with `FLAG`, the next free handle;
 * `table[2h + 1]` is the number of the object, with `FLAG` where the handle owns it. Entry 0 heads the free list.
 */
const FLAG = 1 << 30;

function toClass<T extends Resource>(
  resourceClass: ResourceClass<T>,
  table: HandleTable,
  handle: number,
): T {
  const resource = entryOf(table, handle);
  if (!(resource instanceof resourceClass)) throw unknownHandle();
  return resource;
}

function entryOf(table: HandleTable, handle: number): Resource | undefined {
  const at = handle << 1;
  const scope = table[at];
  const entry = table[at + 1];
  if (scope === undefined || entry === undefined || entry === 0 || (scope & FLAG) !== 0) {
    return undefined;
  }
  return resourceByRep(entry & ~FLAG);
}

function remove(table: HandleTable, handle: number): void {
  const at = handle << 1;
  if (table[at] !== 0) throw new RangeError("Cannot give up a handle: it is borrowed");
  table[at] = (table[0] ?? 0) | FLAG;
  table[0] = (at >> 1) | FLAG;
}

function insert(table: HandleTable, rep: number): number {
  const free = (table[0] ?? 0) & ~FLAG;
  if (free === 0) {
    table.push(0, rep | FLAG);
    return (table.length >> 1) - 1;
  }
  const at = free << 1;
  table[0] = table[at] ?? FLAG;
  table[at] = 0;
  table[at + 1] = rep | FLAG;
  return free;
}

function unknownHandle(): RangeError {
  return new RangeError("Cannot use a handle: the guest has none of that number and type");
}
