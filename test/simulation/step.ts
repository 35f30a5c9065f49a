/** What can be done to the world. Plain values, so that a plan can be cut down and printed. */
import type { FaultPoint } from '../../src/ports.ts';

/** From one node to another, by their numbers. */
export type Direction = readonly [from: number, to: number];

export type CallName = 'connect' | 'ping' | 'roundTrip' | 'health';

/** What somebody on the way does with a record: sends it twice, keeps it, or sends another's. */
export type Forgery = 'repeat' | 'drop' | 'cross';

export interface Weather {
  readonly latencyMs: { readonly min: number; readonly max: number };
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: number;
  readonly bytesPerSecond: number;
}

export type Action =
  | { readonly type: 'boot' | 'leave' | 'freeze' | 'thaw'; readonly node: number }
  /** Ends the process and starts the next one under another address; its name leads there. */
  | { readonly type: 'move'; readonly node: number; readonly address: string }
  /** A crashed process resets its links; without power nobody is told. */
  | { readonly type: 'crash'; readonly node: number; readonly hasPower: boolean }
  /** The date on one machine jumps. */
  | { readonly type: 'jump'; readonly node: number; readonly byMs: number }
  /** Every machine stands still for a while, as under a suspended hypervisor. */
  | { readonly type: 'suspend' | 'resume' }
  | { readonly type: 'cut' | 'mend'; readonly paths: readonly Direction[] }
  /** The kernel takes nothing more for this direction: bytes stay in the sender's process. */
  | { readonly type: 'clog' | 'unclog'; readonly path: Direction }
  /** A firewall has forgotten the links there are: what is written to them is lost, unanswered. */
  | { readonly type: 'strand'; readonly path: Direction }
  /** Somebody on the way resets every link between the two. */
  | { readonly type: 'reset'; readonly path: Direction }
  | { readonly type: 'forge'; readonly path: Direction; readonly how: Forgery }
  /** Null: the weather is fine again. */
  | { readonly type: 'weather'; readonly path: Direction; readonly weather: Weather | null }
  | { readonly type: 'slow'; readonly node: number; readonly bytesPerSecond: number | null }
  /** From now on a named point of the program fails by chance; 0 ends it. */
  | {
      readonly type: 'strike';
      readonly node: number;
      readonly point: FaultPoint;
      readonly chance: number;
    }
  | {
      readonly type: 'call';
      readonly node: number;
      readonly call: CallName;
      /** Null: an address where no machine is. */
      readonly target: number | null;
      /** By its address, as if nothing else were known of it. */
      readonly isByAddress?: true;
      readonly timeoutMs: number;
    }
  | { readonly type: 'disconnect' | 'reconnect'; readonly path: Direction }
  /** Every running node is given these secrets; the first one signs. */
  | { readonly type: 'rotate'; readonly secrets: readonly string[] };

export type Step = Action & { readonly atMs: number };

/** Steps that make sense only together, like a crash and the restart after it. */
export type Fault = readonly Step[];
