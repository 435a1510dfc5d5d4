import { type Clock, SYSTEM_CLOCK } from "../engine/clock.ts";

/** Time as tunnels see it, so that a test can be its own clock. */
export interface TunnelClock extends Clock {
  /** Milliseconds since the epoch. It goes on while the machine sleeps, where `now` may stand still. */
  date(): number;
}

export const SYSTEM_TUNNEL_CLOCK: TunnelClock = { ...SYSTEM_CLOCK, date: () => Date.now() };
