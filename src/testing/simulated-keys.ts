import { createPrivateKey } from 'node:crypto';
import type { Keys, Random } from '../ports.ts';
import { keyPair, systemKeys } from '../system/keys.ts';

/** All of a DER private key (RFC 8410) but its 32 bytes. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** Real X25519 on keys drawn from the seed, so that a run can be repeated byte for byte. */
export function simulatedKeys(random: Random): Keys {
  return {
    pair: () => {
      const key = Buffer.concat([PKCS8_PREFIX, random.bytes(32)]);
      return keyPair(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
    },
    // A pure function of the secret, remembered for the whole process.
    stretch: systemKeys.stretch,
  };
}
