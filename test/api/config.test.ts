import { describe, expect, it, test } from 'vitest';
import { type ClusterConfig, parseConfig } from '../../src/api/config.ts';
import { InvalidClusterConfigError } from '../../src/errors.ts';
import { LIMITS } from '../../src/limits.ts';

const withOption = (option: object) => parseConfig({ nodeName: 'app1', ...option });

function refusal(input: unknown): string {
  try {
    parseConfig(input);
  } catch (error) {
    if (error instanceof InvalidClusterConfigError) return error.reason;
    throw error;
  }
  return 'accepted';
}

it('fills in every default', () => {
  const expected = {
    nodeName: 'app1',
    host: '0.0.0.0',
    port: 4369,
    seeds: [],
    secrets: [],
    tls: null,
    heartbeatIntervalMs: 5_000,
    heartbeatMissThreshold: 3,
    reconnectBaseDelayMs: 1_000,
    reconnectMaxDelayMs: 30_000,
    advertiseHost: undefined,
    advertisePort: undefined,
    clusterName: 'default',
    joinTimeoutMs: 3_000,
    leaveTimeoutMs: 2_000,
    flapDamping: true,
    phiAccrual: null,
    logger: undefined,
    inspect: undefined,
    limits: LIMITS,
  };
  expect(parseConfig({ nodeName: 'app1' })).toStrictEqual(expected);
});

it.each([
  [true, { threshold: 8, acceptablePauseMs: 3_000, minStdDevMs: 100 }],
  [false, null],
  [{ threshold: 12 }, { threshold: 12, acceptablePauseMs: 3_000, minStdDevMs: 100 }],
])('takes %j for phiAccrual', (phiAccrual, expected) => {
  expect(parseConfig({ nodeName: 'app1', phiAccrual }).phiAccrual).toEqual(expected);
});

it.each(['yes', 8, { threshold: 0 }, { threshold: 17 }, { treshold: 8 }, { minStdDevMs: -1 }])(
  'refuses %j for phiAccrual',
  (phiAccrual) => {
    expect(refusal({ nodeName: 'app1', phiAccrual })).toMatch(/^phiAccrual/);
  },
);

it('takes undefined for missing, in every option', () => {
  const config: ClusterConfig = {
    nodeName: 'app1',
    host: undefined,
    port: undefined,
    seeds: undefined,
    clusterSecret: undefined,
    heartbeatIntervalMs: undefined,
    heartbeatMissThreshold: undefined,
    reconnectBaseDelayMs: undefined,
    reconnectMaxDelayMs: undefined,
    advertiseHost: undefined,
    advertisePort: undefined,
    clusterName: undefined,
    joinTimeoutMs: undefined,
    leaveTimeoutMs: undefined,
    logger: undefined,
    inspect: undefined,
    limits: undefined,
  };
  expect(parseConfig(config)).toStrictEqual(parseConfig({ nodeName: 'app1' }));
  expect(withOption({ limits: { maxNodes: undefined } }).limits).toStrictEqual(LIMITS);
});

it('keeps what is given', () => {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const inspect = () => {};
  const given = {
    nodeName: 'app-1',
    port: 65_535,
    heartbeatIntervalMs: 100,
    heartbeatMissThreshold: 1,
    reconnectBaseDelayMs: 1,
    reconnectMaxDelayMs: 2_147_483_647,
    advertiseHost: 'public.example',
    advertisePort: 1,
    clusterName: 'blue green',
    joinTimeoutMs: 1,
    leaveTimeoutMs: 0,
    logger,
    inspect,
  };
  expect(parseConfig({ ...given, host: '10.0.0.1' })).toMatchObject({ ...given, host: '10.0.0.1' });
});

it('takes one delay for the shortest and the longest', () => {
  const delays = { reconnectBaseDelayMs: 50, reconnectMaxDelayMs: 50 };
  expect(withOption(delays)).toMatchObject(delays);
});

it('changes single limits and leaves the others', () => {
  const limits = { maxNodes: 10, downRetentionMs: 30 * 86_400_000 };
  expect(withOption({ limits }).limits).toStrictEqual({ ...LIMITS, ...limits });
});

test.each([
  ['::', '::'],
  ['[::]', '::'],
  ['[2001:DB8::1]', '2001:db8::1'],
  ['LocalHost', 'localhost'],
])('binds to %s as %s', (host, expected) => {
  expect(withOption({ host }).host).toBe(expected);
});

it('reads seeds with and without a name, once each, and skips blank ones', () => {
  const seeds = ['', ' a@H:1 ', '  ', 'a@h:1', '[::1]:2'];
  expect(withOption({ seeds }).seeds).toStrictEqual([
    { name: 'a', host: 'h', port: 1, text: 'a@h:1' },
    { name: null, host: '::1', port: 2, text: '[::1]:2' },
  ]);
  expect(withOption({ seeds: ''.split(',') }).seeds).toStrictEqual([]);
});

it('turns secrets into bytes of their own', () => {
  const bytes = Uint8Array.of(1, 2);
  const { secrets } = withOption({ clusterSecret: ['aé', bytes, Buffer.from('b')] });
  bytes.fill(0);
  expect(secrets).toStrictEqual([
    Uint8Array.of(0x61, 0xc3, 0xa9),
    Uint8Array.of(1, 2),
    Uint8Array.of(0x62),
  ]);
  expect(withOption({ clusterSecret: 'a' }).secrets).toStrictEqual([Uint8Array.of(0x61)]);
  expect(withOption({ clusterSecret: Uint8Array.of(7) }).secrets).toStrictEqual([Uint8Array.of(7)]);
  expect(withOption({ clusterSecret: 'x'.repeat(255) }).secrets[0]).toHaveLength(255);
});

it('allows port 0 only where it is asked for', () => {
  expect(parseConfig({ nodeName: 'a', port: 0 }, { allowPortZero: true }).port).toBe(0);
  expect(parseConfig({ nodeName: 'a' }, { allowPortZero: true }).port).toBe(4369);
  expect(refusal({ nodeName: 'a', port: 0 })).toBe(
    'port must be an integer from 1 to 65535, got 0',
  );
});

it('reads inherited options as well', () => {
  class Options {
    readonly nodeName = 'app1';
    get port() {
      return 7;
    }
  }
  expect(parseConfig(new Options()).port).toBe(7);
});

test.each<[unknown, string]>([
  [undefined, 'expected an options object, got undefined'],
  [null, 'expected an options object, got null'],
  ['app1', 'expected an options object, got "app1"'],
  [[], 'expected an options object, got an array'],
])('refuses %j for options', (input, reason) => {
  expect(refusal(input)).toBe(reason);
});

describe('refuses, naming option, value and rule', () => {
  const max = 2_147_483_647;
  test.each<[object, string]>([
    [
      { nodeName: undefined },
      'nodeName is required and must be a string, the name in name@host:port, got undefined',
    ],
    [{ nodeName: '' }, 'nodeName is empty, got ""'],
    [{ nodeName: '123invalid' }, 'nodeName must start with a letter, got "123invalid"'],
    [{ nodeName: '1a', port: 99999 }, 'nodeName must start with a letter, got "1a"'],
    [{ host: '' }, 'host is empty, got ""'],
    [{ host: 5 }, 'host must be an IP address or a host name, got 5'],
    [{ host: 'my_host' }, 'host must not contain an underscore, got "my_host"'],
    [{ port: 99999 }, 'port must be an integer from 1 to 65535, got 99999'],
    [{ port: 1.5 }, 'port must be an integer from 1 to 65535, got 1.5'],
    [{ port: '4369' }, 'port must be an integer from 1 to 65535, got "4369"'],
    [{ port: null }, 'port must be an integer from 1 to 65535, got null'],
    [
      { port: Number.parseInt('x', 10) },
      'port must be an integer from 1 to 65535, got NaN (a text without digits, made a number)',
    ],
    [
      { seeds: 'a@h:1' },
      'seeds must be an array of strings, name@host:port or host:port, got "a@h:1"',
    ],
    [{ seeds: ['a@h:1', 7] }, 'seeds[1] must be a string, name@host:port or host:port, got 7'],
    [
      { seeds: ['invalid'] },
      'seeds[0] is not name@host:port or host:port (has no port: expected host:port), got "invalid"',
    ],
    [
      { heartbeatIntervalMs: 99 },
      `heartbeatIntervalMs must be an integer from 100 to ${max}, got 99`,
    ],
    [
      { heartbeatMissThreshold: 0 },
      `heartbeatMissThreshold must be an integer from 1 to ${max}, got 0`,
    ],
    [
      { heartbeatIntervalMs: 2 ** 30, heartbeatMissThreshold: 2 },
      `heartbeatIntervalMs x heartbeatMissThreshold must be at most ${max}, got 1073741824 x 2`,
    ],
    [
      { reconnectBaseDelayMs: 0 },
      `reconnectBaseDelayMs must be an integer from 1 to ${max}, got 0`,
    ],
    [
      { reconnectMaxDelayMs: 2 ** 31 },
      `reconnectMaxDelayMs must be an integer from 1 to ${max}, got 2147483648`,
    ],
    [
      { reconnectBaseDelayMs: 31_000 },
      'reconnectBaseDelayMs must not exceed reconnectMaxDelayMs, got 31000 and 30000',
    ],
    [
      { advertiseHost: '[::]' },
      'advertiseHost must be an address others can dial, not a wildcard, got "[::]"',
    ],
    [
      { advertiseHost: '0.0.0.0' },
      'advertiseHost must be an address others can dial, not a wildcard, got "0.0.0.0"',
    ],
    [{ advertisePort: 0 }, 'advertisePort must be an integer from 1 to 65535, got 0'],
    [{ clusterName: 5 }, 'clusterName must be a string, got 5'],
    [{ clusterName: '' }, 'clusterName must have 1 to 64 printable ASCII characters, got ""'],
    [{ clusterName: 'é' }, 'clusterName must have 1 to 64 printable ASCII characters, got "é"'],
    [
      { clusterName: 'x'.repeat(65) },
      `clusterName must have 1 to 64 printable ASCII characters, got "${'x'.repeat(65)}"`,
    ],
    [{ joinTimeoutMs: 0 }, `joinTimeoutMs must be an integer from 1 to ${max}, got 0`],
    [{ leaveTimeoutMs: -1 }, `leaveTimeoutMs must be an integer from 0 to ${max}, got -1`],
    [
      { logger: {} },
      'logger must have the methods debug, info, warn and error, got a value of type object',
    ],
    [
      { inspect: {} },
      'inspect must be a function or an observer with a method next, got a value of type object',
    ],
    [{ limits: 5 }, 'limits must be an object, got 5'],
    [{ limits: [] }, 'limits must be an object, got an array'],
    [
      { limits: { maxNodes: 0 } },
      'limits.maxNodes must be an integer from 1 to 9007199254740991, got 0',
    ],
    [
      { limits: { maxNodes: Number.POSITIVE_INFINITY } },
      'limits.maxNodes must be an integer from 1 to 9007199254740991, got Infinity',
    ],
    [
      { limits: { maxPendingAsks: 65_537 } },
      'limits.maxPendingAsks must be an integer from 1 to 65536, got 65537',
    ],
    [
      { limits: { maxMessageBytes: 4_095 } },
      'limits.maxMessageBytes must be an integer from 4096 to 9007199254740991, got 4095',
    ],
    [
      { limits: { helloTimeoutMs: 2 ** 31 } },
      `limits.helloTimeoutMs must be a positive number, at most ${max}, got 2147483648`,
    ],
    [{ seed: [] }, 'unknown option "seed"; did you mean "seeds"?'],
    [{ nodename: 'x' }, 'unknown option "nodename"; did you mean "nodeName"?'],
    [
      { heartbeatInterval: 1 },
      'unknown option "heartbeatInterval"; did you mean "heartbeatIntervalMs"?',
    ],
    [{ limits: { maxNode: 1 } }, 'unknown limit "maxNode"; did you mean "maxNodes"?'],
  ])('%j', (option, reason) => {
    expect(refusal({ nodeName: 'app1', ...option })).toBe(reason);
  });

  it('lists the options when none is near', () => {
    expect(refusal({ nodeName: 'a', whatever: 1 })).toBe(
      'unknown option "whatever"; known are nodeName, host, port, seeds, clusterSecret, ' +
        'heartbeatIntervalMs, heartbeatMissThreshold, reconnectBaseDelayMs, ' +
        'reconnectMaxDelayMs, advertiseHost, advertisePort, clusterName, joinTimeoutMs, ' +
        'leaveTimeoutMs, flapDamping, phiAccrual, logger, inspect, limits, tls',
    );
  });
});

describe('never tells a secret', () => {
  const long = 'top-secret'.repeat(26);
  test.each<[string, unknown, string]>([
    ['empty', '', 'clusterSecret must not be empty; without a secret, leave it out'],
    ['no secrets', [], 'clusterSecret must hold 1 to 4 secrets when it is an array'],
    [
      'five secrets',
      ['top-secret', 'b', 'c', 'd', 'e'],
      'clusterSecret must hold 1 to 4 secrets when it is an array',
    ],
    [
      'one empty of two',
      ['top-secret', ''],
      'clusterSecret[1] must not be empty; without a secret, leave it out',
    ],
    ['too long', long, 'clusterSecret must have at most 255 characters or bytes'],
    [
      'a long one of two',
      ['a', long],
      'clusterSecret[1] must have at most 255 characters or bytes',
    ],
    ['a number', 424_242, 'clusterSecret must be a string or a Uint8Array'],
    ['a number of two', ['a', 424_242], 'clusterSecret[1] must be a string or a Uint8Array'],
    ['null', null, 'clusterSecret must be a string or a Uint8Array'],
  ])('%s', (_, clusterSecret, reason) => {
    expect(refusal({ nodeName: 'app1', clusterSecret })).toBe(reason);
  });
});

it('begins its message the way the class promises', () => {
  expect(() => parseConfig({ nodeName: 'a', port: 99999 })).toThrow(
    'Invalid cluster configuration: port must be an integer from 1 to 65535, got 99999',
  );
});
