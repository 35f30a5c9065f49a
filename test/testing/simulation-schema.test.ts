/** What a simulation refuses, and what it says then. */
import { describe, expect, it } from 'vitest';
import {
  createMemoryNetwork,
  createSimulation,
  NodeClock,
  type Simulation,
  SimulationError,
  seededRandom,
  TestClock,
} from '../../src/testing/index.ts';

/** As from a program that no compiler has checked. */
function call(target: object, method: string, ...args: readonly unknown[]): unknown {
  return Reflect.get(target, method).apply(target, args);
}

function create(options: unknown): unknown {
  return Reflect.apply(createSimulation, undefined, [options]);
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return null;
}

const named = (...nodes: readonly object[]) => ({
  nodes: nodes.map((node, at) => ({ name: `n${at + 1}`, ...node })),
});

describe('a simulation that cannot be made', () => {
  it.each([
    [{ sed: 3 }, 'sed is unknown; did you mean "seed"?'],
    [{ node: 5 }, 'node is unknown; did you mean "nodes"?'],
    [
      { weather: 'bad' },
      'weather is unknown; known are seed, nodes, config, network, hosts, onLife, ports, ' +
        'maxTraceLines, maxEventsPerMoment',
    ],
    [5, 'the options must be an object, got 5'],
    [{ seed: Number.NaN }, 'seed must be a finite number, got NaN'],
    [{ nodes: 0 }, 'nodes must be an integer from 1 to 10000, or a list of nodes, got 0'],
    [{ nodes: -1 }, 'nodes must be an integer from 1 to 10000, or a list of nodes, got -1'],
    [{ nodes: 2.5 }, 'nodes must be an integer from 1 to 10000, or a list of nodes, got 2.5'],
    [{ nodes: '3' }, 'nodes must be an integer from 1 to 10000, or a list of nodes, got "3"'],
    [
      { nodes: Number.NaN },
      'nodes must be an integer from 1 to 10000, or a list of nodes, got NaN',
    ],
    [{ nodes: [] }, 'nodes must hold at least one node'],
    [{ nodes: ['n1'] }, 'nodes[0] must be an object, got "n1"'],
    [{ nodes: [{}] }, 'nodes[0].name is required, got undefined'],
    [named({}, { adress: '10.0.0.9' }), 'nodes[1].adress is unknown; did you mean "address"?'],
    [
      named({ address: 'nonsense' }),
      'nodes[0].address must be an IP address, without brackets, got "nonsense"',
    ],
    [
      named({ address: '127.0.0.1' }),
      'nodes[0].address must be an address that other machines can dial, got "127.0.0.1"',
    ],
    [named({}, { name: 'n1' }), 'two nodes have the name n1: give each its own'],
    [
      named({}, { address: '10.0.0.1' }),
      'n1 and n2 are both at 10.0.0.1:4369: give one another address or port',
    ],
    [
      { config: { tls: true } },
      'config must not hold tls: links in memory are plain; leave it out, and test TLS on real ' +
        'sockets',
    ],
    [
      named({ config: { host: '10.0.0.7' } }),
      'nodes[0].config must not hold nodeName, host or seeds: name, address and seeds of ' +
        '`nodes` decide them',
    ],
    [{ network: { loss: 2 } }, 'network.loss must be a chance, a number from 0 to 1, got 2'],
    [{ network: { los: 0.5 } }, 'network.los is unknown; did you mean "loss"?'],
    [
      { network: { latencyMs: -5 } },
      'network.latencyMs must be { min, max }, in ms, with 0 <= min <= max, got -5',
    ],
    [
      { network: { latencyMs: { min: 9, max: 3 } } },
      'network.latencyMs must be { min, max }, in ms, with 0 <= min <= max',
    ],
    [
      { network: { latencyMs: { min: -5, max: 3 } } },
      'network.latencyMs.min must be a finite number of ms, 0 or more, got -5',
    ],
    [
      { network: { bytesPerSecond: 0 } },
      'network.bytesPerSecond must be a positive, finite number, got 0',
    ],
    [
      { hosts: { 'seed.example': '10.0.0.1' } },
      'hosts.seed.example must be a list of IP addresses, got "10.0.0.1"',
    ],
    [{ onLife: 'later' }, 'onLife must be a function, got "later"'],
  ])('%j', (options, message) => {
    const error = thrownBy(() => create(options));
    expect(error).toBeInstanceOf(SimulationError);
    expect(error).toMatchObject({ reason: 'invalid_argument', message });
  });

  it('because no node would start', () => {
    expect(() => create({ config: { hartbeatIntervalMs: 1_000 } })).toThrow(
      'unknown option "hartbeatIntervalMs"; did you mean "heartbeatIntervalMs"?',
    );
  });
});

describe('a call that makes no sense is refused, with the seed:', () => {
  const running = () => {
    const sim = createSimulation({ seed: 42, nodes: 2 });
    sim.start();
    sim.run(1_000);
    return sim;
  };
  const run = (method: string, ...args: readonly unknown[]) => {
    return [`${method} ${JSON.stringify(args)}`, (sim: Simulation) => call(sim, method, ...args)];
  };

  it.each([
    [...run('kill'), 'expected the name of a node or a list, got undefined'],
    [...run('freeze'), 'expected the name of a node or a list, got undefined'],
    [...run('cut', 'n1'), 'expected the name of a node or a list, got undefined'],
    [...run('resetLinks', 'n1'), 'expected the name of a node or a list, got undefined'],
    [...run('kill', 'n1', { pwer: false }), 'pwer is unknown; did you mean "power"?'],
    [...run('cut', 'n1', 'n2', { oneWy: true }), 'oneWy is unknown; did you mean "oneWay"?'],
    [...run('stall', 'n1', 'n2', { oneWay: 1 }), 'oneWay must be true or false, got 1'],
    [...run('degrade', { los: 0.5 }), 'los is unknown; did you mean "loss"?'],
    [...run('degrade', { loss: -1 }), 'loss must be a chance, a number from 0 to 1, got -1'],
    [...run('slowReceiver', 'n1', 0), 'bytesPerSecond must be a positive, finite number, got 0'],
    [...run('jumpWall', 'n1'), 'byMs must be a finite number of ms, got undefined'],
    [...run('setAddresses', 'a', ['b']), '[0] must be an IP address, without brackets, got "b"'],
    [...run('setAddresses', null, ['10.0.0.9']), 'the host must be a host name, got null'],
    [...run('onEvent', null), 'the watcher must be a function, got null'],
    [...run('run', Number.NaN), 'the time to pass must be a finite number of ms, 0 or more, got'],
    [...run('run', -1), 'the time to pass must be a finite number of ms, 0 or more, got -1'],
    [
      ...run('start', 'n2', { address: '10.0.0.9' }),
      'n2 is running: stop or kill it to start it with other options',
    ],
    [
      ...run('start', 'n2', { config: { port: 5_000 } }),
      'n2 is running: stop or kill it to start it with other options',
    ],
    [...run('start', 'n2', { adress: '10.0.0.9' }), 'adress is unknown; did you mean "address"?'],
    [...run('start', 'n2', { config: { tls: true } }), 'config must not hold tls'],
  ] as [string, (sim: Simulation) => unknown, string][])('%s', (_name, act, message) => {
    const sim = running();
    const error = thrownBy(() => act(sim));
    expect(error).toBeInstanceOf(SimulationError);
    expect(error).toMatchObject({ reason: 'invalid_argument' });
    expect(String(error)).toContain(`SimulationError: ${message}`);
    expect(String(error)).toContain('(at 1000 ms, seed 42); the trace ends:\n');
  });

  it.each([
    ['advance', Number.NaN],
    ['advance', -1],
    ['advance', undefined],
    ['advance', Number.POSITIVE_INFINITY],
    ['until', 'x'],
    ['until', undefined],
    ['waitForConvergence', { withinMs: Number.NaN }],
    ['waitForConvergence', { withinMs: -1 }],
    ['waitForConvergence', { within: 10 }],
    ['waitForConvergence', { among: 5 }],
  ])('%s %j', async (method, argument) => {
    const sim = running();
    await expect(call(sim, method, argument)).rejects.toMatchObject({
      reason: 'invalid_argument',
    });
    expect(sim.clock.now()).toBe(1_000);
  });

  it('an own condition or promise that is given no sensible time', async () => {
    const sim = running();
    const withinMs = Number.NaN;
    const reason = 'invalid_argument';
    await expect(sim.until(() => true, { withinMs })).rejects.toMatchObject({ reason });
    await expect(sim.settle(Promise.resolve(), { withinMs })).rejects.toMatchObject({ reason });
  });

  it('a start with a configuration that the node would not take', () => {
    const sim = createSimulation({ nodes: 1 });
    const start = () => sim.start('n1', { config: { heartbeatIntervalMs: 0 } });
    expect(start).toThrow('heartbeatIntervalMs must be an integer from 100');
    expect(sim.node('n1').status).toBe('off');
  });
});

describe('the parts of a simulation', () => {
  it('refuse times that would stop the clock for good', () => {
    const clock = new TestClock();
    const node = new NodeClock(clock, 0, 'n1');
    const reason = 'invalid_argument';
    expect(thrownBy(() => clock.advance(Number.NaN))).toMatchObject({ reason });
    expect(thrownBy(() => clock.advance(-1))).toMatchObject({ reason });
    expect(thrownBy(() => clock.advanceTo(Number.NaN))).toMatchObject({ reason });
    expect(thrownBy(() => clock.jumpWall(Number.NaN))).toMatchObject({ reason });
    expect(thrownBy(() => node.jumpWall(Number.NaN))).toMatchObject({ reason });
    expect(thrownBy(() => clock.runNext(Number.NaN))).toMatchObject({ reason });
    expect(thrownBy(() => call(clock, 'runNext', '5'))).toMatchObject({ reason });
    expect(clock.runNext(Number.POSITIVE_INFINITY)).toBe(false);
    expect([clock.now(), node.wallOffsetMs]).toEqual([0, 0]);
  });

  it('refuse a watcher that cannot be called', () => {
    const reason = 'invalid_argument';
    const clock = new TestClock();
    expect(thrownBy(() => call(clock, 'onEvent', null))).toMatchObject({ reason });
  });

  it('refuse a network that cannot be', () => {
    const parts = { clock: new TestClock(), random: seededRandom(1) };
    const network = createMemoryNetwork(parts);
    const reason = 'invalid_argument';
    expect(thrownBy(() => createMemoryNetwork({ ...parts, loss: 2 }))).toMatchObject({ reason });
    expect(
      thrownBy(() => network.setConditions('10.0.0.1', '10.0.0.2', { reorder: -1 })),
    ).toMatchObject({ reason });
    expect(thrownBy(() => network.slowReceiver('10.0.0.1', 0))).toMatchObject({ reason });
  });
});
