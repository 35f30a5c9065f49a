/** Where an actor may be, seen from whoever deals with it. */
import type { ClusterConfig } from '../../src/index.ts';
import { type ActorEnd, startEnd, startPair } from './actor-pair.ts';

export interface Ends {
  readonly here: ActorEnd;
  readonly there: ActorEnd;
}

export const PLACES: readonly (readonly [
  string,
  (config?: Partial<ClusterConfig>) => Promise<Ends>,
])[] = [
  ['on another node', startPair],
  [
    'on this node',
    async (config) => {
      const here = await startEnd('here', config);
      return { here, there: here };
    },
  ],
];
