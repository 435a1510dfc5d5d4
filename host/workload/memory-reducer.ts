import { setFlagsFromString } from "node:v8";

/**
 * Has threads that start from now on leave their heaps alone while they rest. V8 collects a heap twice, about eight
 * seconds after it was last busy, to give some of its memory back (`MemoryReducer`); among hundreds of cells that come
 * to rest together, all wait for the same few helper threads of V8, and no guest was served for half a minute.
 * It costs about a mebibyte a cell.
 */
export function disableMemoryReducer(): void {
  setFlagsFromString("--no-memory-reducer");
}
