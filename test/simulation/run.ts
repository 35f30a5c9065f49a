/** One run: a function of its seed. */
import { planOf } from './plan.ts';
import { World } from './world.ts';

export interface Outcome {
  readonly hash: string;
  readonly events: number;
  readonly virtualMs: number;
}

/** Dials under way, hellos and their likes: what happens besides waiting. */
const HANDSHAKES_MS = 3_000;

/** @throws when a promise is broken, with the seed and the end of the trace. */
export function simulate(seed: number): Outcome {
  const plan = planOf(seed);
  const world = new World(plan);
  try {
    for (const step of plan.steps) {
      world.advanceTo(step.atMs);
      assertUnbroken(world);
      world.do(step);
    }
    converge(world);
    standStill(world);
    stopAll(world);
  } catch (error) {
    throw new Error(`seed ${seed}: ${String(error)}\n${world.trace.tail()}`, { cause: error });
  }
  const { trace, clock } = world;
  return { hash: trace.digest(), events: trace.length, virtualMs: clock.now() };
}

/** I6: everything is healed and running; soon everybody agrees. */
function converge(world: World): void {
  const { plan, clock, members } = world;
  const { intervalMs, silenceLimitMs, reconnectMaxDelayMs } = plan;
  const deadlineMs = clock.now() + reconnectMaxDelayMs + 2 * silenceLimitMs + HANDSHAKES_MS;
  world.advanceTo(deadlineMs - 1.1 * intervalMs);
  for (const { life } of members) if (life) life.tap.isDecoding = true;
  world.advanceTo(deadlineMs);
  assertUnbroken(world);
  const disagreement = world.disagreement();
  if (disagreement !== null) throw new Error(`I6: ${disagreement}`);
}

/** Nobody who is connected is disturbed without a reason. */
function standStill(world: World): void {
  const { witness, clock, plan } = world;
  const { changes } = witness;
  world.advanceTo(clock.now() + 2 * plan.silenceLimitMs);
  assertUnbroken(world);
  if (witness.changes !== changes) throw new Error('I6: the peace did not last');
}

/** I10: one after another says goodbye, and leaves nothing behind. */
function stopAll(world: World): void {
  const { clock, members, witness } = world;
  for (const [at, member] of members.entries()) {
    const before = witness.changes;
    world.do({ type: 'leave', node: member.index });
    world.advanceTo(clock.now() + 2_000);
    assertUnbroken(world);
    if (member.life?.cluster.getStatus() !== 'stopped') throw new Error('I10: still not stopped');
    const told = witness.changes - before;
    if (told !== members.length - at - 1) throw new Error(`I10: ${told} nodes heard a goodbye`);
  }
  clock.advance(5_000);
  for (const { name, life, linkCount } of members) {
    const timers = life?.clock.pending ?? 0;
    if (timers + linkCount > 0) {
      throw new Error(`I10: ${name} leaves ${timers} timers and ${linkCount} links`);
    }
  }
}

function assertUnbroken({ witness }: World): void {
  const [first] = witness.broken;
  if (first !== undefined) throw new Error(first);
}
