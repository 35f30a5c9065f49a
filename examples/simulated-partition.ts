// A test of a service on a simulated cluster: does every job run once, whatever the network does?
// It finds seeds for which the obvious rule fails, replays one, and clears a more careful rule.
// SEED=7 replays a single seed.
import { createSimulation, type SimulatedNode, seededRandom } from '../src/testing/index.ts';

const SILENCE_LIMIT_MS = 3_000;

/** Runs a job each second, on whichever node believes to lead. */
type Rule = (node: SimulatedNode) => () => boolean;

/** The obvious rule: of all nodes that see each other, the one with the smallest id leads. */
const smallestId: Rule = ({ cluster, id }) => {
  return () =>
    cluster.getStatus() === 'running' &&
    cluster.getConnectedNodes().every((other) => other.id > id);
};

/** The careful one: only with a majority, and only when others have had time to step down. */
const patientMajority: Rule = (node) => {
  const mayLead = smallestId(node);
  let sinceMs: number | null = null;
  return () => {
    const leads = mayLead() && node.cluster.getConnectedNodeCount() >= 1;
    const nowMs = node.clock.now();
    sinceMs = leads ? (sinceMs ?? nowMs) : null;
    return sinceMs !== null && nowMs - sinceMs > 2 * SILENCE_LIMIT_MS;
  };
};

/** One minute of three nodes, with one cut somewhere: who ran which job, and the run's hash. */
function minute(seed: number, rule: Rule) {
  const runs = new Map<number, string[]>();
  const sim = createSimulation({
    seed,
    config: { heartbeatIntervalMs: 1_000, heartbeatMissThreshold: 3 },
    onLife: (node) => {
      const leads = rule(node);
      const tick = () => {
        const job = Math.round(node.clock.now() / 1_000);
        if (leads()) runs.set(job, [...(runs.get(job) ?? []), node.name]);
        node.clock.setTimeout(tick, 1_000);
      };
      node.clock.setTimeout(tick, 1_000);
    },
  });
  const random = seededRandom(seed).fork('trouble');
  sim.start();
  sim.run(15_000);
  const lonely = `n${1 + Math.floor(3 * random.float())}`;
  sim.cut(lonely, ['n1', 'n2', 'n3']);
  sim.run(random.float() * 4 * SILENCE_LIMIT_MS);
  sim.heal();
  sim.run(30_000);
  const twice = [...runs].filter(([, by]) => by.length > 1);
  return { twice, hash: sim.traceHash };
}

const seeds = process.env.SEED
  ? [Number(process.env.SEED)]
  : Array.from({ length: 20 }, (_, at) => at + 1);

for (const [name, rule] of Object.entries({ smallestId, patientMajority })) {
  const results = seeds.map((seed) => ({ seed, ...minute(seed, rule) }));
  const failed = results.filter(({ twice }) => twice.length > 0);
  console.log(`${name}: ${failed.length} of ${seeds.length} seeds run a job twice`);
  console.log(`${name} is right for all seeds: ${failed.length === 0}`);
  const [first] = failed;
  if (!first) continue;
  const [job, by] = first.twice[0] ?? [];
  console.log(`  SEED=${first.seed}: job ${job} was run by ${by?.join(' and ')}`);
  console.log(`  the same seed, the same run: ${minute(first.seed, rule).hash === first.hash}`);
}
