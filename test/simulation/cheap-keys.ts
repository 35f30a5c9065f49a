import type { Keys, Random } from '../../src/ports.ts';
import { systemKeys } from '../../src/system/keys.ts';

/**
 * Key exchange without curves, for runs in which nobody has a secret to prove: both ends find the
 * same 32 bytes, and so does everybody else.
 */
export function cheapKeys(random: Random): Keys {
  return {
    pair: () => {
      const publicKey = random.bytes(32);
      return {
        publicKey,
        agree: (other) => other.map((byte, at) => byte ^ (publicKey[at] ?? 0)),
      };
    },
    stretch: systemKeys.stretch,
  };
}
