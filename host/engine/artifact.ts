/** What the compiler worker makes of a component, before the code of its modules is compiled. */
export interface Artifact {
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  /** The source of a script whose value is jco's `instantiate`, patched. */
  readonly glue: string;
  /** The core modules as jco names them, instrumented, their memories not capped yet. */
  readonly cores: ReadonlyMap<string, Uint8Array>;
  /** How often an instance of the component has an instance of each core module. */
  readonly instances: ReadonlyMap<string, number>;
  /** Whether all code of `cores` asks the host before a memory grows. */
  readonly asksToGrow: boolean;
  /** What did not go as it should but stops nothing, in sentences. */
  readonly notes: readonly string[];
}

interface Header {
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  readonly glue: number;
  readonly cores: readonly (readonly [string, number])[];
  readonly instances: readonly (readonly [string, number])[];
  readonly asksToGrow: boolean;
  readonly notes: readonly string[];
}

/** The artifact as one run of bytes: the length of a JSON header, the header, glue, modules. */
export function encodeArtifact(artifact: Artifact): Uint8Array {
  const glue = Buffer.from(artifact.glue);
  const cores = [...artifact.cores];
  const header: Header = {
    imports: artifact.imports,
    exports: artifact.exports,
    glue: glue.length,
    cores: cores.map(([name, bytes]) => [name, bytes.length]),
    instances: [...artifact.instances],
    asksToGrow: artifact.asksToGrow,
    notes: artifact.notes,
  };
  const head = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  return Buffer.concat([length, head, glue, ...cores.map(([, bytes]) => bytes)]);
}

/**
 * The inverse of `encodeArtifact`; the modules are views of `bytes`.
 * Whoever reads `bytes` from a file has checked that they are what was written.
 */
export function decodeArtifact(bytes: Uint8Array): Artifact {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const take = (length: number): Buffer => view.subarray(at, (at += length));
  const header: Header = JSON.parse(take(take(4).readUInt32LE()).toString());
  const glue = take(header.glue).toString();
  const cores = new Map(header.cores.map(([name, length]) => [name, take(length)]));
  const { imports, exports, asksToGrow, notes } = header;
  return { imports, exports, glue, cores, instances: new Map(header.instances), asksToGrow, notes };
}
