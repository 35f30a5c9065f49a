// One virtual day of a small cluster: a fault now and then, and a rest at the end of every hour.
import { setImmediate as turn } from 'node:timers/promises';
import { createSimulation, seededRandom } from '../../dist/testing/index.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Long enough for the longest reconnect delay, the longest hold of a flapping node, and more. */
const REST_MS = 3 * MINUTE_MS;
const FAULTS_PER_HOUR = 6;
const MAX_FAULT_MS = 2 * MINUTE_MS;
const MIN_NODES = 3;
const MAX_NODES = 5;

/** Each begins something and returns its end. */
const FAULTS = {
  kill(sim, [victim]) {
    sim.kill(victim);
    return () => sim.start(victim);
  },
  power(sim, [victim]) {
    sim.kill(victim, { power: false });
    return () => sim.start(victim);
  },
  leave(sim, [victim]) {
    sim.stop(victim);
    return () => sim.start(victim);
  },
  freeze(sim, [victim]) {
    sim.freeze(victim);
    return () => sim.thaw(victim);
  },
  cut(sim, [victim, other]) {
    sim.cut(victim, other);
    return () => sim.heal();
  },
  oneWay(sim, [victim, other]) {
    sim.cut(victim, other, { oneWay: true });
    return () => sim.heal();
  },
  island(sim, [victim, ...others]) {
    sim.cut(victim, others);
    return () => sim.heal();
  },
  firewall(sim, [victim, ...others]) {
    sim.resetLinks(victim, others);
    return () => {};
  },
  loss(sim, [victim, ...others]) {
    sim.degrade({ loss: 0.05 }, victim, others);
    return () => sim.restore();
  },
  wall(sim, [victim], byMs) {
    sim.jumpWall(victim, byMs - MAX_FAULT_MS / 2);
    return () => {};
  },
};

/** Lets `hours` pass, and returns what was there at each rest. */
export async function liveThrough(seed, hours) {
  const random = seededRandom(seed).fork('endurance');
  const size = MIN_NODES + Math.floor(random.float() * (MAX_NODES - MIN_NODES + 1));
  const sim = createSimulation({
    seed,
    nodes: size,
    network: { latencyMs: { min: 0.1, max: 5 } },
    maxTraceLines: 50,
  });
  const faults = {};
  sim.start();
  const rests = [];
  for (let hour = 1; hour <= hours; hour += 1) {
    const restAt = hour * HOUR_MS - REST_MS;
    for (;;) {
      const waitMs = ((2 * HOUR_MS) / FAULTS_PER_HOUR) * random.float();
      if (sim.clock.now() + waitMs > restAt - MAX_FAULT_MS) break;
      sim.run(waitMs);
      disturb(sim, random, faults);
    }
    sim.run(hour * HOUR_MS - sim.clock.now());
    // Promises of processes that are gone would hold them until they may settle.
    await turn();
    rests.push(rest(sim, hour));
  }
  return { seed, size, faults, rests, left: end(sim) };
}

function disturb(sim, random, faults) {
  const kinds = Object.keys(FAULTS);
  const kind = kinds[Math.floor(random.float() * kinds.length)];
  const victims = sim.nodes.map(({ name }) => name).sort(() => random.float() - 0.5);
  const forMs = random.float() * MAX_FAULT_MS;
  faults[kind] = (faults[kind] ?? 0) + 1;
  const repair = FAULTS[kind](sim, victims, forMs);
  sim.run(forMs);
  repair();
}

function rest(sim, hour) {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return {
    hour,
    disagreement: sim.disagreement(),
    heapBytes: heapUsed + external,
    timers: Math.max(...sim.nodes.map(({ timerCount }) => timerCount)),
    links: Math.max(...sim.nodes.map(({ linkCount }) => linkCount)),
    known: Math.max(...sim.nodes.map(({ cluster }) => cluster.getNodes().length)),
  };
}

function end(sim) {
  sim.stop();
  sim.run(MINUTE_MS);
  return sim.leftovers();
}
