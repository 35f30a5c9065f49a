import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  type Clock,
  createSimulation,
  type Random,
  type Simulation,
  SimulationError,
  type SimulationOptions,
  type Timer,
} from '../../src/testing/index.ts';
import { hashOf } from './scenario.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Over when the test is, and then checked for what is left. */
function simulation(options: SimulationOptions = {}) {
  const sim = createSimulation({ config: { heartbeatIntervalMs: 1_000 }, ...options });
  onTestFinished(() => sim.dispose());
  return sim;
}

async function converged(options: SimulationOptions = {}) {
  const sim = simulation(options);
  sim.start();
  await sim.waitForConvergence();
  return sim;
}

/** The names of those that each node is connected with. */
function picture({ nodes }: Simulation): Record<string, string> {
  const seen = nodes.map((node) => {
    const others = node.status === 'running' ? node.cluster.getConnectedNodes() : [];
    return [node.name, others.map(({ id }) => id.slice(0, id.indexOf('@'))).join()] as const;
  });
  return Object.fromEntries(seen);
}

describe('a simulation', () => {
  it('starts three nodes that find each other through the first', async () => {
    const sim = await converged();
    expect(picture(sim)).toEqual({ n1: 'n2,n3', n2: 'n1,n3', n3: 'n1,n2' });
    expect(sim.nodes.map(({ id }) => id)).toEqual([
      'n1@10.0.0.1:4369',
      'n2@10.0.0.2:4369',
      'n3@10.0.0.3:4369',
    ]);
  });

  it('has nodes with names, addresses, seeds and options of their own', async () => {
    const sim = await converged({
      nodes: [
        { name: 'db', address: '192.168.7.1', config: { port: 5_000 } },
        { name: 'web' },
        { name: 'far', address: 'fd00::7', seeds: ['web', 'nobody.example:1'] },
      ],
    });
    expect(sim.node('far').cluster.getNodeIds()).toEqual([
      'db@192.168.7.1:5000',
      'web@10.0.0.2:4369',
    ]);
  });

  it('refuses a configuration that no node would start with', () => {
    expect(() => createSimulation({ config: { heartbeatIntervalMs: 0 } })).toThrow(
      'heartbeatIntervalMs',
    );
  });

  it('lets promises settle between two events', async () => {
    const sim = await converged();
    const times: number[] = [];
    const measure = async () => {
      for (let at = 0; at < 3; at += 1) {
        await sim.node('n1').cluster.roundTrip('n2@10.0.0.2:4369');
        times.push(sim.clock.now());
      }
    };
    await sim.settle(measure());
    expect(times).toHaveLength(3);
    expect(new Set(times).size).toBe(3);
  });

  it('waits for a condition of the test', async () => {
    const sim = await converged();
    sim.kill('n3', { power: false });
    const { cluster } = sim.node('n1');
    const killedMs = sim.clock.now();
    await sim.until(() => cluster.getConnectedNodeCount() === 1);
    expect(sim.clock.now() - killedMs).toBeGreaterThan(2_000);
    expect(sim.clock.now() - killedMs).toBeLessThan(4_400);
    await expect(sim.until(() => false, { withinMs: 100 })).rejects.toMatchObject({
      reason: 'not_in_time',
    });
  });

  it('asks for a condition at the end of its time, too', async () => {
    const sim = simulation();
    await sim.until(() => sim.clock.now() >= 1_000, { withinMs: 1_000 });
    expect(sim.clock.now()).toBe(1_000);
    const never = sim.until(() => sim.clock.now() > 2_000, { withinMs: 1_000 });
    await expect(never).rejects.toMatchObject({ reason: 'not_in_time' });
  });

  it('waits as long by itself as the configurations of the latest starts call for', async () => {
    const patience = async (sim: Simulation) => {
      const before = sim.clock.now();
      await expect(sim.until(() => false)).rejects.toMatchObject({ reason: 'not_in_time' });
      return sim.clock.now() - before;
    };
    const config = {
      heartbeatIntervalMs: 1_000,
      heartbeatMissThreshold: 3,
      reconnectMaxDelayMs: 5_000,
    };
    const sim = simulation({ nodes: 2, config });
    sim.start();
    expect(await patience(sim)).toBe(21_000);
    sim.kill('n2');
    sim.start('n2', { config: { reconnectMaxDelayMs: 60_000 } });
    expect(await patience(sim)).toBe(76_000);
    sim.stop('n2');
    // Due as soon as it has stopped.
    sim.start('n2', { config: { heartbeatIntervalMs: 2_000 } });
    expect(await patience(sim)).toBe(27_000);
  });

  it('gives those time to leave that were started with more of it', async () => {
    const sim = createSimulation({ nodes: 1, config: { leaveTimeoutMs: 1_000 } });
    sim.start('n1', { config: { leaveTimeoutMs: 30_000 } });
    sim.run(1_000);
    await sim.dispose();
    expect(sim.clock.now()).toBe(41_000);
  });
});

describe('a promise that is waited for', () => {
  it('takes as much time as it needs, and gives what it gives', async () => {
    const sim = await converged();
    const before = sim.clock.now();
    expect(await sim.settle(sim.node('n1').cluster.ping('n2@10.0.0.2:4369'))).toBe(true);
    expect(sim.clock.now() - before).toBeLessThan(5);
    await sim.settle(Promise.resolve());
    expect(sim.clock.now() - before).toBeLessThan(5);
  });

  it.each([undefined, 42, null])('may be %s, which is none and is given back', async (value) => {
    const sim = await converged();
    const before = sim.clock.now();
    expect(await sim.settle(value)).toBe(value);
    expect(sim.clock.now()).toBe(before);
  });

  it('is rejected as it is, and nobody else is told of it', async () => {
    const sim = await converged();
    const { cluster } = sim.node('n1');
    sim.cut('n1', 'n2');
    // Were its rejection unhandled for a moment, vitest would fail the run.
    const answer = sim.settle(cluster.roundTrip('n2@10.0.0.2:4369', { timeoutMs: 50 }));
    await expect(answer).rejects.toMatchObject({ code: 'CONNECT_FAILED', reason: 'timeout' });
  });

  it('is given up after a while, and may then end as it likes', async () => {
    const sim = await converged();
    sim.cut('n1', 'n2');
    const trip = sim.node('n1').cluster.roundTrip('n2@10.0.0.2:4369', { timeoutMs: 50 });
    await expect(sim.settle(trip, { withinMs: 10 })).rejects.toMatchObject({
      reason: 'not_in_time',
      message: expect.stringMatching(/^after 10 ms the promise is still pending \(at .*, seed 1\)/),
    });
    await sim.advance(1_000);
  });
});

describe('the same seed', () => {
  it('gives the same trace, another one another', () => {
    expect(hashOf(7)).toBe(hashOf(7));
    expect(hashOf(7)).not.toBe(hashOf(8));
  });

  it('gives the same trace in another process', () => {
    const program = "import('./test/testing/scenario.ts').then((m) => console.log(m.hashOf(7)))";
    const { stdout } = spawnSync(process.execPath, ['--import', 'tsx', '-e', program], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stdout.trim()).toBe(hashOf(7));
  });

  it('gives the same trace whatever the machine says about time and chance', () => {
    const expected = hashOf(7);
    for (const mock of [
      vi.spyOn(Date, 'now').mockReturnValue(0),
      vi.spyOn(performance, 'now').mockReturnValue(1),
      vi.spyOn(Math, 'random').mockReturnValue(0.5),
    ]) {
      onTestFinished(() => mock.mockRestore());
    }
    expect(hashOf(7)).toBe(expected);
  });

  it('counts what leaves no line, too', () => {
    const hash = (delayMs: number) => {
      const sim = createSimulation({
        nodes: 1,
        onLife: ({ clock }) => clock.setTimeout(() => {}, delayMs),
      });
      sim.start();
      sim.run(1_000);
      return sim.traceHash;
    };
    expect(hash(100)).toBe(hash(100));
    expect(hash(100)).not.toBe(hash(200));
  });

  it('gives the same whether promises settle or not, as nobody waits for them', async () => {
    const fast = simulation({ seed: 3 });
    fast.start();
    fast.run(10_000);
    const slow = simulation({ seed: 3 });
    slow.start();
    await slow.advance(10_000);
    expect(slow.traceHash).toBe(fast.traceHash);
  });
});

describe('a simulated process', () => {
  it('is a new one after a kill, with a cluster of its own', async () => {
    const lives: string[] = [];
    const sim = await converged({ onLife: ({ name, lives: n }) => lives.push(`${name} ${n}`) });
    const { cluster } = sim.node('n2');
    sim.kill('n2');
    expect(sim.node('n2').status).toBe('off');
    expect(() => sim.node('n2').cluster).toThrow(SimulationError);
    await sim.waitForConvergence();
    expect(picture(sim)).toMatchObject({ n1: 'n3', n3: 'n1' });
    sim.start('n2');
    await sim.waitForConvergence();
    expect(sim.node('n2').cluster).not.toBe(cluster);
    expect(lives).toEqual(['n1 1', 'n2 1', 'n3 1', 'n2 2']);
  });

  it('may share its machine with another one, which lives on', async () => {
    const sim = await converged({
      nodes: [
        { name: 'n1' },
        { name: 'n2', address: '10.0.0.1', config: { port: 5_000 } },
        { name: 'n3' },
      ],
    });
    sim.kill('n2');
    await sim.advance(100);
    expect(picture(sim)).toEqual({ n1: 'n3', n2: '', n3: 'n1' });
  });

  it.each([
    [true, 'connection_closed', 10],
    [false, 'heartbeat_timeout', 3_300],
  ])('that is killed is missed (power: %s): %s', async (power, reason, withinMs) => {
    const sim = await converged({ nodes: 2 });
    const downs: string[] = [];
    sim.node('n1').cluster.onNodeDown((id, why) => downs.push(`${id} ${why}`));
    sim.kill('n2', { power });
    await sim.advance(withinMs);
    expect(downs).toEqual([`n2@10.0.0.2:4369 ${reason}`]);
  });

  it('leaves, and starts again in the same process, as soon as it has stopped', async () => {
    const sim = await converged();
    const { cluster } = sim.node('n3');
    sim.stop('n3');
    expect(sim.node('n3').status).toBe('stopping');
    sim.start('n3');
    await sim.advance(5_000);
    expect(sim.node('n3').status).toBe('running');
    expect(sim.node('n3').cluster).toBe(cluster);
    expect(sim.trace.filter((line) => line.endsWith(' n3 stopped'))).toHaveLength(1);
  });

  it('does nothing while frozen, not even what it is told, and all of it afterwards', async () => {
    const sim = await converged();
    sim.freeze('n2');
    sim.stop('n2');
    await sim.advance(10_000);
    expect([sim.node('n2').isFrozen, sim.node('n2').status]).toEqual([true, 'running']);
    expect(picture(sim)).toMatchObject({ n1: 'n3', n3: 'n1' });
    sim.thaw('n2');
    await sim.advance(3_000);
    expect([sim.node('n2').isFrozen, sim.node('n2').status]).toEqual([false, 'stopped']);
  });

  it('does not start while it is frozen', async () => {
    const sim = await converged();
    sim.stop('n2');
    await sim.advance(3_000);
    sim.freeze('n2');
    sim.start('n2');
    await sim.advance(3_000);
    expect(sim.node('n2').status).toBe('stopped');
    sim.thaw('n2');
    expect(sim.node('n2').status).toBe('starting');
    await sim.waitForConvergence();
  });

  it('ends when its machine moves', async () => {
    const sim = await converged();
    sim.stop('n2');
    await sim.advance(3_000);
    sim.start('n2', { address: '10.0.0.22' });
    await sim.waitForConvergence();
    expect([sim.node('n2').lives, sim.network.linkCount('10.0.0.2')]).toEqual([2, 0]);
    expect(sim.node('n1').cluster.getConnectedNodeCount()).toBe(2);
  });

  it('keeps a date that jumped, in later lives too', async () => {
    const sim = await converged();
    sim.jumpWall('n1', 3_600_000);
    const ahead = () => sim.node('n1').clock.wallNow() - sim.clock.wallNow();
    expect(ahead()).toBe(3_600_000);
    sim.kill('n1');
    sim.start('n1');
    expect(ahead()).toBe(3_600_000);
    sim.kill('n1');
    sim.start('n1', { wallOffsetMs: -1_000 });
    expect(ahead()).toBe(-1_000);
    await sim.waitForConvergence();
  });

  it('may come back under another address, which is found by its name', async () => {
    const sim = await converged({
      nodes: [{ name: 'n1' }, { name: 'n2', seeds: ['n1:4369'] }],
      config: { heartbeatIntervalMs: 1_000, reconnectMaxDelayMs: 2_000 },
    });
    sim.kill('n1', { power: false });
    sim.start('n1', { address: '10.9.9.9' });
    await sim.waitForConvergence({ withinMs: 10_000 });
    expect(picture(sim)).toEqual({ n1: 'n2', n2: 'n1' });
    expect(sim.node('n1').id).toBe('n1@10.9.9.9:4369');
  });

  it('gives a service its clock and its chance, which have types of their own', async () => {
    const rolls: string[] = [];
    class Dice {
      readonly #clock: Clock;
      readonly #random: Random;
      constructor(clock: Clock, random: Random) {
        this.#clock = clock;
        this.#random = random;
      }
      roll(afterMs: number): Timer {
        const run = () => rolls.push(`${1 + Math.floor(6 * this.#random.float())}`);
        return this.#clock.setTimeout(run, afterMs);
      }
    }
    const sim = simulation({ onLife: ({ clock, random }) => new Dice(clock, random).roll(10) });
    sim.start();
    await sim.advance(10);
    expect(rolls).toEqual(['1', '3', '5']);
  });

  it('takes from the world what the test gives it', async () => {
    const struck: string[] = [];
    const sim = simulation({
      ports: ({ name, lives }, { network }) => ({
        network: {
          ...network,
          dial: (to, done) => {
            struck.push(`${name} ${lives} ${to.host}`);
            return network.dial(to, done);
          },
          listen: (at, handlers) => network.listen(at, handlers),
        },
      }),
    });
    sim.start('n2');
    await sim.advance(10);
    expect(struck[0]).toBe('n2 1 10.0.0.1');
  });

  it('shows what failed when it cannot start', async () => {
    const sim = simulation({ nodes: 2 });
    sim.start('n1');
    sim.start('n2', { address: '10.0.0.1' });
    await expect(sim.waitForConvergence()).rejects.toThrow(/n2 could not start: .*port_in_use/);
    expect(sim.node('n2').startError).toMatchObject({ reason: 'port_in_use' });
    sim.kill('n2');
    await sim.waitForConvergence();
    expect(sim.node('n1').status).toBe('running');
  });
});

describe('the network of a simulation', () => {
  it('parts and heals by name', async () => {
    const sim = await converged({ nodes: 4 });
    sim.cut(['n1', 'n2'], ['n3', 'n4']);
    await sim.waitForConvergence({ among: ['n1', 'n2'] });
    await sim.waitForConvergence({ among: ['n3', 'n4'] });
    expect(picture(sim)).toEqual({ n1: 'n2', n2: 'n1', n3: 'n4', n4: 'n3' });
    await expect(sim.waitForConvergence({ withinMs: 10 })).rejects.toThrow('n1 does not see');
    await sim.waitForConvergence({ among: ['n3', 'n4'], withinMs: 10 });
    sim.heal();
    await sim.waitForConvergence();
  });

  it('parts two nodes that a third one still sees', async () => {
    const sim = await converged();
    sim.cut('n1', 'n2');
    await sim.advance(10_000);
    expect(picture(sim)).toEqual({ n1: 'n3', n2: 'n3', n3: 'n1,n2' });
    sim.heal('n1', 'n2');
    await sim.waitForConvergence();
  });

  it('says who does not see whom, and how to see it again', async () => {
    const sim = await converged({ seed: 42 });
    sim.cut('n1', 'n3', { oneWay: true });
    await sim.advance(10_000);
    await expect(sim.waitForConvergence({ withinMs: 1_000 })).rejects.toThrow(
      /^after 1000 ms n1 does not see n3; n3 does not see n1 \(at \d+\.\d+ ms, seed 42\); the trace/,
    );
    expect(sim.disagreement()).toBe('n1 does not see n3; n3 does not see n1');
  });

  it('loses packets and is slow, and nodes live with it', async () => {
    const sim = simulation();
    sim.degrade({ latencyMs: { min: 40, max: 60 }, loss: 0.05, duplicate: 0.02, reorder: 0.1 });
    sim.start();
    await sim.waitForConvergence();
    await sim.advance(60_000);
    expect(picture(sim)).toEqual({ n1: 'n2,n3', n2: 'n1,n3', n3: 'n1,n2' });
    expect(sim.trace.filter((line) => line.includes('nodeDown'))).toEqual([]);
  });

  it('may be worse in one direction', async () => {
    const sim = await converged();
    sim.degrade({ latencyMs: { min: 100, max: 100 } }, 'n1', 'n2', { oneWay: true });
    const roundTripMs = await sim.settle(sim.node('n1').cluster.roundTrip(sim.node('n2').id));
    expect(Math.round(roundTripMs / 100)).toBe(1);
  });

  it('stalls in one direction until it is resumed', async () => {
    const sim = await converged();
    sim.stall('n1', 'n2', { oneWay: true });
    await sim.advance(2_000);
    expect(sim.disagreement()).toBeNull();
    sim.resume();
    await sim.advance(10_000);
    expect(sim.trace.filter((line) => line.includes('nodeDown'))).toEqual([]);
  });

  it('resets connections, which are made again', async () => {
    const sim = await converged();
    sim.resetLinks('n1', ['n2', 'n3']);
    await sim.advance(10);
    expect(picture(sim)).toEqual({ n1: '', n2: 'n3', n3: 'n2' });
    await sim.waitForConvergence();
  });

  it('has a slow receiver, who is dropped when it does not keep up', async () => {
    const sim = await converged();
    sim.slowReceiver('n2', 1);
    await sim.waitForConvergence({ among: ['n1', 'n3'] });
    sim.slowReceiver('n2', null);
    await sim.waitForConvergence();
  });

  it('answers to other names as it is told', async () => {
    const sim = simulation({
      nodes: [{ name: 'n1' }, { name: 'n2', seeds: ['seed.example:4369'] }],
    });
    sim.start();
    await sim.advance(1_000);
    expect(picture(sim)).toEqual({ n1: '', n2: '' });
    sim.setAddresses('seed.example', ['10.0.0.1']);
    await sim.waitForConvergence();
  });
});

describe('what a simulation finds', () => {
  it('a callback that throws: time stops there', async () => {
    const sim = simulation();
    const cause = new Error('expected something else');
    sim.start();
    sim.node('n2').cluster.onNodeUp(() => {
      throw cause;
    });
    await expect(sim.advance(60_000)).rejects.toMatchObject({ reason: 'observer_failed', cause });
    expect(sim.clock.now()).toBeLessThan(1_000);
  });

  it('a node that keeps the clock from moving, by name', () => {
    const sim = simulation({
      maxEventsPerMoment: 1_000,
      onLife: ({ name, clock }) => {
        let isDone = false;
        onTestFinished(() => {
          isDone = true;
        });
        const again = () => {
          if (name === 'n2' && !isDone) clock.setTimeout(again, 0);
        };
        clock.setTimeout(again, 0);
      },
    });
    sim.start();
    expect(() => sim.run(10)).toThrow('n2 keeps the clock at 0 ms');
    sim.kill('n2');
  });

  it('a timer that is left when all is over', async () => {
    const sim = createSimulation({ nodes: 1 });
    sim.start();
    await sim.advance(10);
    sim.node('n1').clock.setTimeout(() => {}, 3_600_000);
    await expect(sim.dispose()).rejects.toThrow('n1 leaves 1 timers and 0 links');
  });

  it('time that is moved while it is being moved', async () => {
    const sim = simulation();
    const moved = sim.advance(10);
    expect(() => sim.run(10)).toThrow('time is being moved already');
    await moved;
  });

  it('a name that no node has', () => {
    expect(() => simulation().kill('n9')).toThrow('there is no node n9, only n1, n2, n3');
  });

  it('to which node each event belonged', () => {
    const sim = simulation();
    const touched = new Set<string>();
    const end = sim.onEvent((node) => touched.add(node?.name ?? 'the network'));
    sim.start(['n1', 'n2']);
    sim.run(1_000);
    end();
    sim.start('n3');
    sim.run(1_000);
    expect([...touched].sort()).toEqual(['n1', 'n2', 'the network']);
  });
});
