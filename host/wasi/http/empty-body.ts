import { WaitList } from "../../network/wait-list.ts";
import type { Body } from "./message.ts";

/** The body of a message that has none. It holds nothing, so all such messages share it. */
export const EMPTY_BODY: Body = {
  available: 0,
  ended: true,
  failure: undefined,
  trailers: undefined,
  whenReadable: new WaitList(),
  readInto: () => 0,
  cancel: () => {},
};
