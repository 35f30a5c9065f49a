/** One run: a function of its plan. */
import { convergenceMs, GOODBYE_MS, type Plan } from './plan.ts';
import type { Breach } from './scene.ts';
import { World } from './world.ts';

export interface Outcome {
  readonly hash: string;
  readonly events: number;
  readonly virtualMs: number;
  /** nodeUp and nodeDown, everywhere. */
  readonly changes: number;
  readonly calls: number;
  /** What actors were sent, and asked for. */
  readonly messages: number;
  readonly asks: number;
  /** Names that were given, and ends that monitors told. */
  readonly names: number;
  readonly ends: number;
  /** The first broken promise; null when all were kept. */
  readonly breach: Breach | null;
  readonly trace: readonly string[];
}

/** Broken by the run as a whole, or by the program itself. */
class Broken extends Error {
  readonly rule: string;

  constructor(rule: string, what: string) {
    super(what);
    this.rule = rule;
  }
}

export async function simulate(plan: Plan): Promise<Outcome> {
  const world = new World(plan);
  let breach: Breach | null = null;
  try {
    await live(world);
    await converge(world);
    await standStill(world);
    await stopAll(world);
  } catch (error) {
    breach = breachOf(world, error);
  }
  const { sim, events, witness, calls, traffic } = world;
  return {
    hash: sim.traceHash,
    events,
    virtualMs: world.now(),
    changes: witness.changes,
    calls: calls.settled,
    messages: traffic.mail.count,
    asks: traffic.asks.settled,
    names: traffic.names.given,
    ends: traffic.vigils.told,
    breach,
    trace: sim.trace,
  };
}

/** Joins and faults, until all is calm. */
async function live(world: World): Promise<void> {
  const { plan, deeds } = world;
  const joins = plan.joinsMs.map((atMs, node) => ({ type: 'boot' as const, node, atMs }));
  // Stable: steps of the same moment stay in the order of their cause.
  const steps = [...joins, ...plan.faults.flat()].sort((a, b) => a.atMs - b.atMs);
  for (const step of steps) {
    await world.advanceTo(step.atMs);
    assertUnbroken(world);
    deeds.do(step);
    world.sim.clock.settle();
  }
  await world.advanceTo(plan.calmMs);
  assertUnbroken(world);
  deeds.calm();
  world.sim.clock.settle();
}

/** I6: everything is healed and running; soon everybody agrees. */
async function converge(world: World): Promise<void> {
  const { plan, users } = world;
  const deadlineMs = plan.calmMs + convergenceMs(plan);
  const hung = [...users.hung.values()];
  for (
    let atMs = plan.calmMs + 2_000;
    hung.length > 0 && atMs < deadlineMs - 6_000;
    atMs += 2_000
  ) {
    await world.advanceTo(atMs);
    assertUnbroken(world);
    for (const path of hung) if (!world.isConnected(...path)) users.reconnect(path);
  }
  await world.advanceTo(deadlineMs - 1.1 * plan.intervalMs);
  for (const { tap } of world.members) if (tap) tap.isDecoding = true;
  await world.advanceTo(deadlineMs);
  assertUnbroken(world);
  const disagreement = world.disagreement();
  if (disagreement !== null) throw new Broken('I6', disagreement);
}

/** Nobody who is connected is disturbed without a reason. */
async function standStill(world: World): Promise<void> {
  const { witness, plan, traffic } = world;
  const { ups, downs } = witness;
  const unsettled = traffic.unsettled();
  const leaks = world.linkLeaks();
  await world.advanceTo(world.now() + 2 * plan.silenceLimitMs);
  assertUnbroken(world);
  if (witness.ups !== ups || witness.downs !== downs) {
    throw new Broken('I6', 'the peace did not last');
  }
  for (const [what, wrong] of traffic.unsettled()) {
    if (unsettled.has(what)) throw new Broken(what.startsWith('name') ? 'I12' : 'I11', wrong);
  }
  const doubtful = world.isLongCalm() ? world.doubtful() : undefined;
  if (doubtful !== undefined) throw new Broken('D3', `${doubtful} still doubts itself`);
  const leak = world.linkLeaks().find((name) => leaks.includes(name));
  if (leak !== undefined) throw new Broken('I3', world.linksOf(leak));
}

/** I10: one after another says goodbye, and leaves nothing behind. */
async function stopAll(world: World): Promise<void> {
  const { present, witness, deeds, sim, traffic } = world;
  for (const member of present) {
    const before = witness.goodbyes;
    const expected = witness.tellersOf(present, member.node.id);
    deeds.do({ type: 'leave', node: member.index });
    await world.advanceTo(world.now() + GOODBYE_MS);
    assertUnbroken(world);
    if (member.node.status !== 'stopped') throw new Broken('I10', 'still not stopped');
    const told = witness.goodbyes - before;
    if (told !== expected) {
      throw new Broken('I10', `${told} nodes of ${expected} told of the goodbye of ${member.name}`);
    }
  }
  sim.stop();
  await world.advanceTo(world.now() + 5_000);
  assertUnbroken(world);
  const untold = traffic.vigils.untold();
  if (untold !== undefined) throw new Broken('I11', `${untold} has told nothing in the end`);
  const [left] = sim.leftovers();
  if (left !== undefined) throw new Broken('I10', left);
}

function assertUnbroken({ breaches }: World): void {
  const [first] = breaches;
  if (first) throw new Broken(first.rule, first.what);
}

function breachOf(world: World, error: unknown): Breach {
  const [first] = world.breaches;
  if (first) return first;
  const rule = error instanceof Broken ? error.rule : 'S0';
  const what =
    error instanceof Broken ? error.message : String(error instanceof Error ? error.stack : error);
  return { rule, atMs: world.now(), who: 'world', what };
}
