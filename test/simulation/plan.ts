/** What one seed means: a cluster's configuration and everything that will go wrong with it. */
import { type SeededRandom, seededRandom } from '../../src/testing/random.ts';
import { between, chance, pick, whole } from './draw.ts';
import { isMourning, limitsOf, type PlanLimits } from './limits.ts';
import { blackout, type Fault, type Malice, nemesis, sprinkled } from './nemesis.ts';
import { burial, hasty, hush, withoutRevival } from './nemesis-endings.ts';
import { mostMs, type Rhythm, rhythmOf } from './rhythm.ts';
import { type TrafficPlan, trafficOf } from './traffic-plan.ts';

export interface PlanOptions {
  /** Default: 3 to 9, as the seed says. */
  readonly nodes?: number | undefined;
}

export interface Plan {
  readonly seed: number;
  readonly nodes: number;
  /** Nodes that are never started: a failure did not need them. */
  readonly absent?: readonly number[];
  readonly intervalMs: number;
  readonly threshold: number;
  /** T, or what takes its place when the nodes learn their patience, if that is longer. */
  readonly silenceLimitMs: number;
  /** Null: T alone decides. */
  readonly rhythm: Rhythm | null;
  readonly latencyMs: { readonly min: number; readonly max: number };
  readonly reconnectBaseDelayMs: number;
  readonly reconnectMaxDelayMs: number;
  readonly flapDamping: boolean;
  /** Null: nobody proves anything, and keys are cheap. */
  readonly secret: string | null;
  readonly limits: PlanLimits;
  /** Whether the views that heartbeats tell of are looked at all the time. */
  readonly isDecoded: boolean;
  /** Whether somebody subscribes to the lists, which are then made anew at every heartbeat. */
  readonly isStreamed: boolean;
  /** Whether seeds are given by name, so that nodes may change their addresses. */
  readonly hasNames: boolean;
  /** For each node, the nodes it has as seeds. */
  readonly seeds: readonly (readonly number[])[];
  /** When each node is started for the first time. */
  readonly joinsMs: readonly number[];
  readonly faults: readonly Fault[];
  /** Null: actors have nothing to say. */
  readonly traffic: TrafficPlan | null;
  /** From now on nothing happens any more, and what was done is undone. */
  readonly calmMs: number;
}

/** Ten virtual minutes for each seed, but one for those that beat ten times a second. */
const VIRTUAL_MS = 600_000;
const FAST_VIRTUAL_MS = 60_000;

/** A dial under way that is lost (5 s), hellos and their likes: what happens besides waiting. */
const HANDSHAKES_MS = 8_000;
/** Until a dial that nothing answers gives its place to the next. */
const CONNECT_TIMEOUT_MS = 5_000;

/** What a node takes at most to say goodbye to the others. */
export const GOODBYE_MS = 2_000;

export function planOf(seed: number, options: PlanOptions = {}): Plan {
  const random = seededRandom(seed).fork('plan');
  const isFast = seed % 50 === 7;
  // Pairs cost, not nodes: small clusters are drawn more often than large ones.
  const drawn = Math.min(whole(random, 3, 9), whole(random, 3, 9));
  const nodes = options.nodes ?? drawn;
  const intervalMs = isFast ? 100 : whole(random, 1_000, 5_000);
  const threshold = whole(random, 2, 4);
  const rhythm = seed % 10 === 9 ? rhythmOf(random.fork('rhythm'), intervalMs) : null;
  const learnedMs = rhythm === null ? 0 : mostMs(rhythm, intervalMs, true);
  const silenceLimitMs = Math.max(intervalMs * threshold, learnedMs);
  const reconnectBaseDelayMs = whole(random, 100, 1_000);
  const shape = {
    seed,
    nodes,
    intervalMs,
    threshold,
    silenceLimitMs,
    rhythm,
    latencyMs: { min: 0.1, max: between(random, 0.5, Math.min(100, intervalMs / 20)) },
    reconnectBaseDelayMs,
    reconnectMaxDelayMs: Math.max(reconnectBaseDelayMs, whole(random, 1_000, 10_000)),
    flapDamping: chance(random, 0.8),
    secret: seed % 10 === 3 ? 'a secret of the simulation' : null,
    limits: limitsOf(random, seed, isFast),
    isDecoded: seed % 4 === 0 || seed % 20 === 3,
    isStreamed: chance(random, 0.25),
    hasNames: chance(random, 0.5),
    seeds: Array.from({ length: nodes }, (_, node) => seedsOf(random, node, nodes)),
    joinsMs: joinsOf(random, nodes, silenceLimitMs),
    traffic: trafficOf(random.fork('traffic'), isFast),
  };
  const endMs = isFast ? FAST_VIRTUAL_MS : VIRTUAL_MS;
  const calmMs = endMs - convergenceMs(shape) - 2 * silenceLimitMs - nodes * GOODBYE_MS - 5_000;
  const sinceMs = Math.max(...shape.joinsMs) + between(random, 0, 2 * silenceLimitMs);
  const faults = nemesis(random, shape, sinceMs, calmMs);
  const more = RARE.flatMap(({ label, isDrawn, ...rare }) =>
    isDrawn(seed) ? sprinkled(rare, random.fork(label), shape, sinceMs, calmMs) : [],
  );
  const all = [...faults, ...more];
  if (!isMourning(seed, isFast)) return { ...shape, calmMs, faults: all };
  const buried = burial(random.fork('burial'), shape, sinceMs);
  return { ...shape, calmMs, faults: [...withoutRevival(all, buried), buried.steps] };
}

/** What happens in some seeds besides; drawn apart, so that the other seeds stay what they are. */
const RARE: readonly {
  readonly label: string;
  readonly malice: Malice;
  readonly count: number;
  readonly isDrawn: (seed: number) => boolean;
}[] = [
  { label: 'blackouts', malice: blackout, count: 4, isDrawn: (seed) => seed % 10 === 4 },
  { label: 'hush', malice: hush, count: 4, isDrawn: (seed) => seed % 20 === 12 },
  { label: 'hasty', malice: hasty, count: 4, isDrawn: (seed) => seed % 20 === 13 },
];

/** I6: how long it may take until nodes that can reach each other are connected. */
export function convergenceMs(plan: Shape): number {
  const { reconnectMaxDelayMs, silenceLimitMs, nodes, limits } = plan;
  // Former addresses are dialled too, as long as their tombstones are kept.
  const queueMs = ((2 * nodes) / limits.maxDials) * CONNECT_TIMEOUT_MS;
  return reconnectMaxDelayMs + 2 * silenceLimitMs + HANDSHAKES_MS + queueMs;
}

type Shape = Pick<Plan, 'reconnectMaxDelayMs' | 'silenceLimitMs' | 'nodes' | 'limits'>;

/** The first node is everybody's seed; it knows one other, or nobody. */
function seedsOf(random: SeededRandom, node: number, nodes: number): readonly number[] {
  const other = whole(random, 0, nodes - 1);
  if (node === 0) return other === 0 || chance(random, 0.5) ? [] : [other];
  return other === 0 || other === node ? [0] : [0, other];
}

function joinsOf(random: SeededRandom, nodes: number, T: number): readonly number[] {
  const spreadMs = pick(random, [0, 2, 1_000, 2 * T]);
  return Array.from({ length: nodes }, () => between(random, 0, spreadMs));
}
