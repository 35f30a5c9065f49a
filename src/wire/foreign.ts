/** Objects that only the caller knows, such as references to actors. */
export interface Foreign {
  /** Values that stand for it, or null when it is none of the caller's. */
  toParts(value: object): readonly unknown[] | null;
  /** Undefined when the parts stand for nothing. */
  fromParts(parts: readonly unknown[]): unknown;
}

/** Extensions of MessagePack, by their codes. */
export const EXT = {
  /** As msgpackr writes it. */
  undefined: 0,
  /** Keys and values in turn. */
  map: 1,
  set: 2,
  /** Name, message, code, cause. */
  error: 3,
  /** Beyond 64 bits, as hexadecimal text. */
  bigint: 4,
  /** The parts. */
  foreign: 5,
  /** A date that is none. */
  noDate: 6,
  /** Of MessagePack itself: seconds and nanoseconds. */
  timestamp: 0xff,
} as const;
