/** For what is tested without a node: nobody wants to hear of what comes to nothing. */
import { Letters } from '../../src/actors/letters.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import { createCounters } from '../../src/system/counters.ts';

export function silentLetters(): Letters {
  const self = { nodeId: NodeId.parse('a@10.0.0.1:1'), uid: '0'.repeat(32) };
  return new Letters(self, createCounters(), { deadLetter: () => {}, threw: () => {} });
}
