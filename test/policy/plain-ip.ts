/**
 * IP addresses and ranges as plain big integers, slowly and independently of what is tested.
 * The URL parser of Node does the reading.
 */
export interface PlainIp {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** Reads the text of an address. */
export function plainIp(text: string): PlainIp {
  if (!text.includes(":")) {
    const value = text.split(".").reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    return { bits: 32, value };
  }
  // Lower case, without zeros in front and without dots.
  const [head = "", tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => "0");
  const groups = [...left, ...zeros, ...right];
  return {
    bits: 128,
    value: groups.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n),
  };
}

/** Whether an address is in a range such as `10.0.0.0/8`, or is the address that it is. */
export function isInPlain(range: string, address: PlainIp): boolean {
  const [network = "", prefix] = range.split("/");
  const first = plainIp(network);
  const shift = BigInt(first.bits - Number(prefix ?? first.bits));
  return first.bits === address.bits && first.value >> shift === address.value >> shift;
}
