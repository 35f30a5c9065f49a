import type { Actors } from '../actors/actors.ts';
import type { Advertise } from '../node/node.ts';
import type { Ports } from '../ports.ts';
import type { EncryptionPorts } from './encryption.ts';

/** What the facade is given; the default node gets the machine's, a simulation its own. */
export interface ClusterPorts extends Ports, EncryptionPorts {
  /** Of this Cluster object alone. */
  readonly actors: Actors;
  readonly advertise: Advertise;
  /** Where warnings go that nobody may miss, besides `events$`. */
  readonly warn: (message: string, code: string) => void;
  readonly allowPortZero: boolean;
}
