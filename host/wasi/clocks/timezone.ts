/** The record `timezone-display` of `wasi:clocks/timezone`. */
export interface TimezoneDisplay {
  /** Seconds east of UTC. */
  readonly utcOffset: number;
  readonly name: string;
  readonly inDaylightSavingTime: boolean;
}

/**
 * `wasi:clocks/timezone`, an unstable interface of 0.2 that some toolchains import.
 * A workload's time zone is UTC, as a container's: it does not learn where the machine stands.
 */
export const timezone: { display(): TimezoneDisplay; utcOffset(): number } = {
  display: () => ({ utcOffset: 0, name: "UTC", inDaylightSavingTime: false }),
  utcOffset: () => 0,
};
