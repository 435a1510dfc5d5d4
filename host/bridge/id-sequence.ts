/** IDs for calls and connections of one link, which share the IDs of its streams. */
export class IdSequence {
  #last = 0;

  /** 1, 2, 3 and so on. */
  next(): number {
    this.#last += 1;
    return this.#last;
  }
}
