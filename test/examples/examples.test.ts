import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { Program } from '../support/program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What each example must print, in this order; other lines may stand between. */
const EXPECTED = {
  chat: ['eve has left; her name is free'],
  encrypted: [
    'orders: billing is up',
    'orders: refused, this node speaks TLS, and the other side does not',
    'stranger: gets an answer: false',
    'renewed, and still connected: true',
    'connected by the new ones: true',
  ],
  'health-endpoint': [
    'before start: 503 {"status":"stopped","reachable":0,"unreachable":[]}',
    'alone: 200 {"status":"running","reachable":0,"unreachable":[]}',
    'with another node: 200 {"status":"running","reachable":1,"unreachable":[]}',
    'after stop: 503 {"status":"stopped","reachable":0,"unreachable":[]}',
  ],
  'inspect-transitions': [
    'cluster start                  -> {"starting":"binding"}',
    'peer    session                -> {"connecting":"greeting"}',
    'peer    heartbeat              -> {"connected":"alive"}',
    'cluster seed.settled           -> "running"',
    'peer    leave                  -> {"disconnected":"left"}',
    'cluster stop                   -> {"stopping":"goodbye"}',
    'cluster teardown.done          -> "stopped"',
  ],
  inspector: [
    'an actor appears: cluster',
    'an actor appears: peer:other',
    'kinds of events received: @xstate.actor, @xstate.event, @xstate.snapshot',
  ],
  'keyed-requests': [
    'got User 123 of user-123',
    'user-123: shard 7 is on node-2, with 31 shards',
    'user-1: shard 8 is on node-1, with 33 shards',
    'NO_SHARD_SUBSCRIBER, delivered: no, again: true',
  ],
  'membership-service': [
    'status: starting',
    'status: running',
    'node up: other',
    'SIGTERM: leaving the cluster',
    'status: stopping',
  ],
  'ping-pong': [
    'pong, on b, gets ball 1',
    'ping, on a, gets ball 2',
    'pong, on b, gets ball 3',
    'ping, on a, gets ball 4',
    'pong, on b, gets ball 5',
    'ping, on a, gets ball 6',
  ],
  'remote-counter': ['it counts 42', 'no_actor, delivered: no'],
  'retry-connect': [
    'attempt 1: refused, next in 100 ms',
    'connected to there: true',
    'there and back takes less than a second: true',
    'again: already_connected',
  ],
  'simulated-partition': [
    'smallestId is right for all seeds: false',
    '  the same seed, the same run: true',
    'patientMajority: 0 of 20 seeds run a job twice',
    'patientMajority is right for all seeds: true',
  ],
  tenants: [
    'tenant-1 has 15',
    'tenant-2 has 7',
    'The actor of the key failed: less than nothing',
    'a new one: tenant-1 has 0',
    '2 actors run',
    '0 actors run',
  ],
  'three-nodes': [
    'a: b is up',
    'a is connected to b and c',
    'b is connected to a and c',
    'c is connected to a and b',
    'a: c is down, graceful_shutdown',
    'all stopped',
  ],
  'virtual-clock': [
    'started: a is connected to b and c',
    'started: b is connected to a and c',
    'started: c is connected to a and b',
    'parted: a is connected to b',
    '  c is down, heartbeat_timeout',
    'parted: b is connected to a',
    '  c is down, heartbeat_timeout',
    'parted: c is connected to nobody',
    '  a is down, heartbeat_timeout',
    '  b is down, heartbeat_timeout',
    'healed: a is connected to b and c',
    'healed: b is connected to a and c',
    'healed: c is connected to a and b',
    '63 virtual seconds have passed',
  ],
  'worker-pool': [
    'squares: 1 4 9 16 25 36 49 64 81 100 121 144',
    'node1 did 4 of 12',
    'node2 did 4 of 12',
    'node3 did 4 of 12',
  ],
};

test.each(Object.entries(EXPECTED))(
  'the example %s does what it says and ends',
  async (name, lines) => {
    const example = new Program(['--import', 'tsx', `examples/${name}.ts`], { cwd: root });
    onTestFinished(() => example.dispose());
    const code = await example.exit();

    expect(code, example.log).toBe(0);
    expect(example.stderr).toBe('');
    const printed = example.stdout.split('\n');
    expect(printed.filter((line) => lines.includes(line))).toEqual(lines);
  },
);

test('no example is without a test', () => {
  const names = readdirSync(`${root}examples`).filter((name) => name.endsWith('.ts'));
  expect(names.sort()).toEqual(Object.keys(EXPECTED).map((name) => `${name}.ts`));
});
