import { expect, it, test } from 'vitest';
import { InvalidNodeIdError } from '../../src/errors.ts';
import {
  formatAddress,
  isLoopback,
  isWildcard,
  parseAddress,
  parseSeed,
} from '../../src/membership/address.ts';

test.each([
  ['localhost:4369', 'localhost', 4369],
  ['10.0.0.5:1', '10.0.0.5', 1],
  ['[2001:db8::1]:65535', '2001:db8::1', 65535],
])('an address is read and written back: %s', (text, host, port) => {
  expect(parseAddress(text)).toEqual({ host, port });
  expect(formatAddress({ host, port })).toBe(text);
});

test.each(['', 'localhost', '::1', '::1:4369', 'h:0', ':1', 'a@h:1', 'http://h:1'])(
  'not an address: %j',
  (text) => {
    expect(() => parseAddress(text)).toThrow(InvalidNodeIdError);
  },
);

test.each([
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['::1', true],
  ['[::1]', true],
  ['0:0:0:0:0:0:0:1', true],
  ['::ffff:127.0.0.1', true],
  ['localhost', true],
  ['LOCALHOST', true],
  ['db.localhost', true],
  ['128.0.0.1', false],
  ['notlocalhost', false],
  ['::2', false],
  ['0.0.0.0', false],
])('whether %s is the machine itself: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test.each([
  ['0.0.0.0', true],
  ['::', true],
  ['[::]', true],
  ['0:0:0:0:0:0:0:0', true],
  ['::0', true],
  ['::ffff:0.0.0.0', true],
  ['0.0.0.1', false],
  ['::1', false],
  ['localhost', false],
])('whether %s is a wildcard: %s', (host, expected) => {
  expect(isWildcard(host)).toBe(expected);
});

it('reads a seed with and without a name', () => {
  expect(parseSeed('seed1@LOCALHOST:4369')).toEqual({
    name: 'seed1',
    host: 'localhost',
    port: 4369,
    text: 'seed1@localhost:4369',
  });
  expect(parseSeed('mesh-headless.default.svc.cluster.local:4369')).toEqual({
    name: null,
    host: 'mesh-headless.default.svc.cluster.local',
    port: 4369,
    text: 'mesh-headless.default.svc.cluster.local:4369',
  });
  expect(parseSeed('[::1]:7')).toEqual({ name: null, host: '::1', port: 7, text: '[::1]:7' });
});

test.each([
  ['invalid', 'has no port: expected host:port'],
  ['', 'has no port: expected host:port'],
  ['@h:1', 'name is empty'],
  ['1a@h:1', 'name must start with a letter'],
  ['a@h:x', 'port must be an integer from 1 to 65535, in decimal digits without leading zero'],
])('not a seed: %j', (text, reason) => {
  expect(() => parseSeed(text)).toThrow(expect.objectContaining({ value: text, reason }));
  expect(() => parseSeed(text)).toThrow(InvalidNodeIdError);
});
