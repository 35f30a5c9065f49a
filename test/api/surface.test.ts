import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  BehaviorAlreadyRegisteredError,
  BehaviorRegistry,
  CLUSTER_DEFAULTS,
  Cluster,
  ClusterAlreadyStartedError,
  ClusterError,
  ClusterNotStartedError,
  ClusterStartError,
  ConnectError,
  type ConnectReason,
  createBehaviors,
  createCluster,
  InvalidClusterConfigError,
  InvalidNodeIdError,
  NodeId,
  retryPolicy,
} from '../../src/index.ts';

describe('errors', () => {
  it.each([
    [new InvalidClusterConfigError('port must be'), 'INVALID_CLUSTER_CONFIG', false],
    [new InvalidNodeIdError('x', 'has no "@"'), 'INVALID_NODE_ID', false],
    [new ClusterNotStartedError(), 'CLUSTER_NOT_STARTED', true],
    [new ClusterAlreadyStartedError(), 'CLUSTER_ALREADY_STARTED', false],
    [new ClusterStartError('port_in_use', 'x'), 'CLUSTER_START_FAILED', true],
    [new ClusterStartError('permission', 'x'), 'CLUSTER_START_FAILED', false],
    [new ConnectError('b:1', 'timeout'), 'CONNECT_FAILED', true],
    [new ConnectError('b:1', 'auth'), 'CONNECT_FAILED', false],
    [new ConnectError('b:1', 'certificate'), 'CONNECT_FAILED', false],
    [new ConnectError('b:1', 'plaintext'), 'CONNECT_FAILED', false],
    [new BehaviorAlreadyRegisteredError('counter'), 'BEHAVIOR_ALREADY_REGISTERED', false],
  ])('%s has the code %s; worth a retry: %s', (error, code, retryable) => {
    expect(error).toBeInstanceOf(ClusterError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code, retryable, name: error.constructor.name });
    expect(error.hint).toMatch(/^[A-Z].*\.$/);
    expect(ClusterError.is(error)).toBe(true);
  });

  it('keep their cause', () => {
    const cause = new Error('below');
    expect(new ClusterStartError('permission', 'x', { cause }).cause).toBe(cause);
    expect('cause' in new ClusterNotStartedError()).toBe(false);
  });

  it('of another copy of the package are recognised, others are not', () => {
    const foreign = Object.assign(new Error('from another copy'), {
      [Symbol.for('chartmesh.ClusterError')]: true,
    });
    expect(ClusterError.is(foreign)).toBe(true);
    for (const other of [new Error('x'), { code: 'CONNECT_FAILED' }, null, undefined, 'x']) {
      expect(ClusterError.is(other)).toBe(false);
    }
  });

  it('are told apart by their classes, too', () => {
    const refused: unknown = new ConnectError('b:1', 'timeout');
    expect([ConnectError.is(refused), ClusterStartError.is(refused)]).toEqual([true, false]);
    if (ConnectError.is(refused)) expectTypeOf(refused.reason).toEqualTypeOf<ConnectReason>();
  });

  it('say in the message what the operator can do', () => {
    expect(new ConnectError('b:1', 'cluster_name').message).toBe(
      'Could not connect to b:1 (cluster_name): The other node belongs to another cluster: compare clusterName.',
    );
    expect(new ClusterNotStartedError().message).toContain('Cluster.start()');
  });
});

describe('the behavior registry', () => {
  const one = () => 1;
  const two = () => 2;

  it('is one of the default node, beside any number of others', () => {
    expect(BehaviorRegistry.getNames()).toEqual([]);
    const own = createBehaviors();
    own.register('z', one);
    own.register('a', two);
    expect(own.getNames()).toEqual(['a', 'z']);
    expect([own.get('z'), own.has('a'), own.has('b'), own.get('b')]).toEqual([
      one,
      true,
      false,
      undefined,
    ]);
    expect(BehaviorRegistry.has('z')).toBe(false);
  });

  it('refuses a name twice until it is free again', () => {
    const own = createBehaviors();
    own.register('counter', one);
    expect(() => own.register('counter', two)).toThrow(BehaviorAlreadyRegisteredError);
    expect(own.get('counter')).toBe(one);
    expect(own.unregister('counter')).toBe(true);
    expect(own.unregister('counter')).toBe(false);
    own.register('counter', two);
    expect(own.get('counter')).toBe(two);
  });
});

describe('the package', () => {
  it('has one default node, and further ones that are not it', () => {
    const [one, two] = [createCluster(), createCluster()];
    expect(new Set([Cluster, one, two]).size).toBe(3);
    expect([Cluster, one, two].map((cluster) => cluster.getStatus())).toEqual([
      'stopped',
      'stopped',
      'stopped',
    ]);
  });

  it('refuses port 0, which only tests may use', async () => {
    await expect(createCluster().start({ nodeName: 'a', port: 0 })).rejects.toThrow(
      /^Invalid cluster configuration: port /,
    );
  });

  it('exports defaults, ids and retry policies', () => {
    expect(CLUSTER_DEFAULTS).toMatchObject({
      HOST: '0.0.0.0',
      PORT: 4369,
      HEARTBEAT_INTERVAL_MS: 5_000,
      HEARTBEAT_MISS_THRESHOLD: 3,
      RECONNECT_BASE_DELAY_MS: 1_000,
      RECONNECT_MAX_DELAY_MS: 30_000,
      PROTOCOL_VERSION: 1,
    });
    expect(NodeId.parse('a@H:1')).toBe('a@h:1');
    expect(Object.keys(retryPolicy).length).toBeGreaterThan(0);
  });
});
