import { describe, expect, it, vi } from 'vitest';
import { describe as inWords, logEvent } from '../../src/api/log.ts';
import type { ClusterEvent } from '../../src/inspect/events.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import type { Logger } from '../../src/ports.ts';
import { startedNode, startedPair } from './local-nodes.ts';
import { A, B, virtualWorld } from './virtual-nodes.ts';

const B_ID = NodeId.parse('b@10.0.0.2:4369');

function recordingLogger() {
  const lines: [string, string, string][] = [];
  const at = (level: string) => (fields: object, message: string) => {
    lines.push([level, `${Reflect.get(fields, 'type')}`, message]);
  };
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
  };
  return { lines, logger };
}

const LINES: readonly (readonly [ClusterEvent, string, string])[] = [
  [{ type: 'node.up', nodeId: B_ID }, 'info', 'node up: b@10.0.0.2:4369'],
  [
    { type: 'node.down', nodeId: B_ID, reason: 'heartbeat_timeout' },
    'warn',
    'node down: b@10.0.0.2:4369 (heartbeat_timeout)',
  ],
  [
    { type: 'node.down', nodeId: B_ID, reason: 'graceful_shutdown' },
    'info',
    'node down: b@10.0.0.2:4369 (graceful_shutdown)',
  ],
  [
    { type: 'session.opened', nodeId: B_ID, uid: 'u', initiator: 'local', address: '10.0.0.2:1' },
    'debug',
    'session.opened',
  ],
  [{ type: 'session.closed', nodeId: B_ID, uid: 'u', cause: 'closed' }, 'debug', 'session.closed'],
  [
    {
      type: 'peer.refused',
      direction: 'inbound',
      reason: 'auth',
      address: '10.0.0.9:5',
      nodeId: null,
      detail: 'the proof is wrong',
      suppressed: 0,
    },
    'warn',
    'inbound handshake with a stranger at 10.0.0.9:5 refused (auth): the proof is wrong',
  ],
  [
    {
      type: 'peer.unreachable',
      nodeId: B_ID,
      reason: 'connection_refused',
      failure: 'timeout',
    },
    'warn',
    'b@10.0.0.2:4369 cannot be reached (timeout)',
  ],
  [{ type: 'peer.suspect', nodeId: B_ID }, 'info', 'peer.suspect'],
  [{ type: 'peer.fresh', nodeId: B_ID }, 'info', 'peer.fresh'],
  [
    { type: 'seed.unreachable', seed: 's:1', failure: 'refused' },
    'warn',
    'seed s:1 cannot be reached (refused)',
  ],
  [{ type: 'seed.self', seed: 's:1' }, 'info', 'seed s:1 is this node itself'],
  [
    { type: 'name.conflict', nodeId: B_ID, address: '10.0.0.9:5' },
    'error',
    'another live node calls itself b@10.0.0.2:4369 (10.0.0.9:5)',
  ],
  [
    {
      type: 'address.unreachable',
      nodeId: B_ID,
      advertised: '10.0.0.2:4369',
      observed: '10.0.0.9:5',
      failure: 'timeout',
    },
    'error',
    'b@10.0.0.2:4369 advertises 10.0.0.2:4369, where it does not answer (timeout); it connects from 10.0.0.9:5',
  ],
  [
    { type: 'actor.restarted', behavior: 'counter', number: 7, error: new RangeError('mine') },
    'warn',
    'actor 7 (counter) is started again after RangeError: mine',
  ],
  [
    { type: 'actor.restarted', behavior: 'counter', number: 7, error: undefined },
    'warn',
    'actor 7 (counter) is started again after its end',
  ],
  [{ type: 'timer.late', lagMs: 512.7 }, 'warn', 'this process was paused or busy for 513 ms'],
  [
    { type: 'observer.failed', observer: 'onNodeUp', error: new Error('mine') },
    'error',
    'onNodeUp threw: Error: mine',
  ],
  [{ type: 'warning', code: 'X', message: 'mind this' }, 'warn', 'mind this'],
];

describe('a log line', () => {
  it.each(LINES)('for %j is %s: %s', (event, level, words) => {
    const { lines, logger } = recordingLogger();
    logEvent(logger, event);
    expect(lines).toEqual([[level, event.type, `chartmesh ${words}`]]);
    expect(inWords(event)).toBe(words);
  });

  it('is nothing without a logger', () => {
    expect(() => logEvent(undefined, { type: 'node.up', nodeId: B_ID })).not.toThrow();
  });
});

describe('the logger option', () => {
  it('is told of sessions and nodes, with the fields of the event', async () => {
    const world = virtualWorld();
    const { lines, logger } = recordingLogger();
    await world.start(world.node(A), {
      host: A,
      clusterSecret: 'a secret of enough length',
      logger,
    });
    const b = world.node(B);
    const seeds = ['a@10.0.0.1:4369'];
    await world.start(b, { host: B, seeds, clusterSecret: 'a secret of enough length' });
    await world.advance(5);
    b.cluster.stop();
    await world.advance(20);
    expect(lines.map(([level, type]) => `${level} ${type}`)).toEqual([
      'debug session.opened',
      'info node.up',
      'debug session.closed',
      'info node.down',
    ]);
  });

  it('that throws harms nobody', async () => {
    const world = virtualWorld();
    const fail = () => {
      throw new Error('disk full');
    };
    const logger: Logger = { debug: fail, info: fail, warn: fail, error: fail };
    const a = world.node(A);
    await world.start(a, { host: A, logger });
    await world.start(world.node(B), { host: B, seeds: ['a@10.0.0.1:4369'] });
    await world.advance(5);
    expect(a.cluster.getConnectedNodeCount()).toBe(1);
  });
});

describe('without a logger', () => {
  it('nothing is printed by nodes on loopback, come what may', async () => {
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const err = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue(undefined);
    const logs = (['log', 'info', 'warn', 'error', 'debug'] as const).map((level) =>
      vi.spyOn(console, level).mockReturnValue(undefined),
    );
    try {
      const { a, b } = await startedPair();
      const c = await startedNode('c', { seeds: ['127.0.0.1:1', a.getLocalNodeId()] });
      await c.connect('127.0.0.1:1').catch(() => {});
      await Promise.all([a.stop(), b.stop(), c.stop()]);
      for (const spy of [out, err, warn, ...logs]) expect(spy.mock.calls).toEqual([]);
    } finally {
      vi.restoreAllMocks();
    }
  });
});
