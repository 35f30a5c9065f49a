// A test of what is built on a cluster: three nodes on one virtual clock and a network in memory.
// Nothing waits and nothing is left to chance: every run is the same, and over in a moment.
import { setImmediate as settled } from 'node:timers/promises';
import {
  createMemoryNetwork,
  createTestCluster,
  seededRandom,
  simulatedKeys,
  TestClock,
} from '../src/testing/index.ts';

const clock = new TestClock();
const random = seededRandom(1);
const network = createMemoryNetwork({ clock, random: random.fork('network') });

/** A node on a machine of its own; all that it takes from the world is replaced. */
function nodeAt(address: string) {
  const own = random.fork(address);
  const nodeClock = clock.node();
  return createTestCluster({
    clock: nodeClock,
    random: own,
    keys: simulatedKeys(own.fork('keys')),
    resolver: network.resolver({}, nodeClock),
    network: network.host(address, nodeClock),
  });
}

/** Moves the clock in small steps, since promises settle only between them. */
async function advance(byMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < byMs; passedMs += 10) {
    clock.advance(10);
    await settled();
  }
}

// ---- Each is on an address of its own; a is the seed of all.
const players = [
  { name: 'a', address: '10.0.0.1' },
  { name: 'b', address: '10.0.0.2' },
  { name: 'c', address: '10.0.0.3' },
].map((player) => ({ ...player, cluster: nodeAt(player.address), downs: [] as string[] }));

for (const { cluster, downs } of players) {
  cluster.onNodeDown((id, reason) => downs.push(`${nameOf(id)} is down, ${reason}`));
}

// A promise of a node is kept only while the clock moves: wait for both, so that one that is
// broken meanwhile ends the program. A simulation has `settle` for that.
const started = players.map(({ name, address, cluster }) =>
  cluster.start({
    nodeName: name,
    host: address,
    seeds: ['a@10.0.0.1:4369'],
    clusterSecret: 'all nodes of a cluster share one secret',
  }),
);
await Promise.all([...started, advance(1_000)]);
report('started');

// ---- The network parts: c on one side, a and b on the other. No link is closed.
network.cut('10.0.0.1', '10.0.0.3');
network.cut('10.0.0.2', '10.0.0.3');
await advance(20_000);
report('parted');

network.heal();
await advance(40_000);
report('healed');

const stopped = players.map(({ cluster }) => cluster.stop());
await Promise.all([...stopped, advance(2_000)]);
console.log(`${clock.now() / 1_000} virtual seconds have passed`);

/** What each node sees, and what it was told since the last report. */
function report(when: string): void {
  for (const { name, cluster, downs } of players) {
    const names = cluster.getConnectedNodes().map(({ id }) => nameOf(id));
    console.log(`${when}: ${name} is connected to ${names.join(' and ') || 'nobody'}`);
    for (const line of downs.splice(0).sort()) console.log(`  ${line}`);
  }
}

function nameOf(id: string): string {
  return id.slice(0, id.indexOf('@'));
}
