/** What may be hashed: text that is the same sequence of bytes wherever it is encoded. */
import { UnhashableTextError } from '../errors/sharding.ts';

/** Keys may hold anything that has an encoding. @throws UnhashableTextError */
export function checkKey(key: string): void {
  check('key', key);
}

/**
 * A NUL separates the parts of what is hashed: in a seed or a node id it would make two different
 * pairs equal. @throws UnhashableTextError
 */
export function checkPart(what: 'seed' | 'node id', text: string): void {
  check(what, text);
  if (text.includes('\0')) throw new UnhashableTextError(what, text, 'holds a NUL');
}

function check(what: 'key' | 'seed' | 'node id', text: unknown): void {
  if (typeof text !== 'string') throw new UnhashableTextError(what, text, 'is not a string');
  if (!text.isWellFormed()) {
    throw new UnhashableTextError(
      what,
      text,
      'holds half of a surrogate pair, which has no encoding',
    );
  }
}
