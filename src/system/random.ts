import { randomFillSync } from 'node:crypto';
import type { Random } from '../ports.ts';

// Taken at import, like the clock's globals: tests mock Math.random.
const float = Math.random;

/** One call of the system's generator costs as much for 16 bytes as for thousands. */
const POOL_BYTES = 4_096;

const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

/** `bytes` are fit for keys and nonces; `float` only for jitter and choices. */
export const systemRandom: Random = {
  bytes: (length) => {
    if (length > POOL_BYTES) return randomFillSync(new Uint8Array(length));
    if (used + length > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const taken = pool.slice(used, used + length);
    // What was handed out is not to be found here a second time.
    pool.fill(0, used, used + length);
    used += length;
    return taken;
  },
  float: () => float(),
};
