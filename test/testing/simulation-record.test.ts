/** Whatever fails while time passes ends it there, and says how to see it again. */
import { describe, expect, it } from 'vitest';
import {
  createSimulation,
  type SimulatedNode,
  type Simulation,
  type SimulationOptions,
} from '../../src/testing/index.ts';

const cause = new Error('expected something else');

const fail = () => {
  throw cause;
};

/** What the test is told when time is moved by a minute. */
async function failureOf(sim: Simulation): Promise<unknown> {
  return sim.advance(60_000).then(
    () => null,
    (error: unknown) => error,
  );
}

function started(options: SimulationOptions = {}) {
  const sim = createSimulation({ seed: 42, nodes: 2, ...options });
  sim.start();
  return sim;
}

describe('time ends, with the seed and the trace, when somebody throws:', () => {
  const withLife = (onLife: (node: SimulatedNode) => void) => () => started({ onLife });
  it.each<[string, () => Simulation, string]>([
    [
      'a timer',
      withLife(({ clock }) => clock.setTimeout(fail, 10)),
      'a callback of n1 threw: Error: expected something else',
    ],
    [
      'the end of a turn',
      withLife(({ clock }) => clock.setTimeout(() => clock.endOfTurn(fail), 10)),
      'a callback of n1 threw: Error: expected something else',
    ],
    [
      'a callback',
      withLife(({ cluster }) => cluster.onNodeUp(fail)),
      'a callback of n1 (onNodeUp) threw: Error: expected something else',
    ],
    [
      'an async callback',
      withLife(({ cluster }) => cluster.onNodeUp(async () => fail())),
      'a callback of n1 (onNodeUp) threw: Error: expected something else',
    ],
    [
      'a subscriber',
      withLife(({ cluster }) => cluster.nodeUp$.subscribe(fail)),
      'a callback of n1 (a subscriber) threw: Error: expected something else',
    ],
    [
      'a subscriber that is told outside of any event',
      withLife(({ cluster }) =>
        cluster.status$.subscribe((status) => status === 'starting' && fail()),
      ),
      'a callback of n1 (a subscriber) threw: Error: expected something else',
    ],
    [
      'a watcher',
      () => {
        const sim = started();
        sim.onEvent(fail);
        return sim;
      },
      'a watcher (onEvent) threw: Error: expected something else',
    ],
  ])('%s', async (_name, make, message) => {
    const error = await failureOf(make());
    expect(error).toMatchObject({ reason: 'observer_failed', cause });
    expect(String(error)).toContain(`SimulationError: ${message} (at `);
    expect(String(error)).toMatch(/ ms, seed 42\); the trace ends:\n.*n1 start/);
  });

  it('a condition', async () => {
    await expect(started().until(fail)).rejects.toMatchObject({
      reason: 'observer_failed',
      message: expect.stringContaining('the condition (until) threw'),
      cause,
    });
  });

  it('the beginning of a process, which is then over', () => {
    const sim = createSimulation({ nodes: 1, onLife: ({ lives }) => lives === 1 && fail() });
    expect(() => sim.start()).toThrow('onLife of n1 threw: Error: expected something else');
    expect(sim.node('n1').status).toBe('off');
    sim.start();
    expect([sim.node('n1').status, sim.node('n1').lives]).toEqual(['starting', 2]);
  });

  it('the making of its ports', () => {
    const sim = createSimulation({ nodes: 1, ports: fail });
    expect(() => sim.start()).toThrow('ports of n1 threw: Error: expected something else');
    expect(() => sim.start()).toThrow('ports of n1 threw: Error: expected something else');
  });

  it('in a run without promises, too', () => {
    const sim = started({ onLife: ({ cluster }) => cluster.nodeUp$.subscribe(fail) });
    expect(() => sim.run(60_000)).toThrow('a callback of n1 (a subscriber) threw');
    expect(sim.clock.now()).toBeLessThan(1_000);
  });
});

describe('an error of the simulation itself has the seed and the trace', () => {
  const seen = /\(at \d+(?:\.\d+)? ms, seed 42\); the trace ends:\n/;

  it('when the clock is stuck', async () => {
    const sim = started({
      maxEventsPerMoment: 1_000,
      onLife: ({ name, clock }) => {
        const again = () => void clock.setTimeout(again, 0);
        if (name === 'n2') again();
      },
    });
    const error = await failureOf(sim);
    expect(error).toMatchObject({ reason: 'clock_stuck' });
    expect(String(error)).toMatch(seen);
  });

  it('when time is moved from within an event', async () => {
    const sim: Simulation = started({
      onLife: ({ clock }) => clock.setTimeout(() => sim.run(10), 10),
    });
    const error = await failureOf(sim);
    expect(error).toMatchObject({ reason: 'busy' });
    expect(String(error)).toMatch(seen);
  });

  it('when there is no such node, or no process', async () => {
    const sim = started();
    sim.kill('n2');
    expect(() => sim.kill('n9')).toThrow(seen);
    expect(() => sim.node('n2').cluster).toThrow(seen);
    expect(() => sim.node('n2').clock).toThrow(seen);
  });
});
