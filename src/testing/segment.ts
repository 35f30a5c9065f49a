/** A piece of a stream on its way, and how a process reads such pieces. */
import type { Random } from '../ports.ts';
import type { ReadPace } from './read-pace.ts';

export interface Segment {
  readonly kind: 'data' | 'fin' | 'reset';
  bytes: Uint8Array;
  /** When it can be read, as far as those before it allow; infinite while that is not known. */
  atMs: number;
  isLost: boolean;
}

type Chance = Pick<Random, 'float'>;

/** How often what arrived is cut in two, and joined with what follows. */
const SPLIT_CHANCE = 0.1;
const JOIN_CHANCE = 0.7;

/** Takes as much of what has arrived as one read happens to return; the first one is data. */
export function readFrom(
  segments: Segment[],
  first: Segment,
  nowMs: number,
  pace: ReadPace | null,
  chance: Chance,
): Uint8Array {
  const { bytes } = first;
  const most = pace ? pace.take(nowMs, bytes.length) : split(bytes.length, chance);
  if (most < bytes.length) {
    first.bytes = bytes.subarray(most);
    return bytes.subarray(0, most);
  }
  const joined: Uint8Array[] = [];
  do {
    const [segment] = segments;
    if (segment?.kind !== 'data' || segment.atMs > nowMs) break;
    joined.push(segment.bytes);
    segments.shift();
  } while (!pace && chance.float() < JOIN_CHANCE);
  return joined.length === 1 ? bytes : new Uint8Array(Buffer.concat(joined));
}

function split(length: number, chance: Chance): number {
  if (length <= 1 || chance.float() >= SPLIT_CHANCE) return length;
  return 1 + Math.floor(chance.float() * (length - 1));
}
