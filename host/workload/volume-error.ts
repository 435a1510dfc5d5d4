/**
 * Why a workload does not get its volumes.
 *
 * - `unsupported`: this machine has nothing to make mounts safe with.
 * - `unavailable`: a directory is not there, cannot be read, or cannot be made.
 */
export type VolumeErrorCode = "unsupported" | "unavailable";

/** `message` is a sentence that names the volume, without a full stop. */
export class VolumeError extends Error {
  override readonly name = "VolumeError";
  readonly code: VolumeErrorCode;

  constructor(code: VolumeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
