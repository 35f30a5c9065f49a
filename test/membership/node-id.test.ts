import { describe, expect, it, test } from 'vitest';
import { InvalidNodeIdError } from '../../src/errors.ts';
import { isNodeId, NodeId } from '../../src/membership/node-id.ts';

const LABEL_63 = 'a'.repeat(63);
const HOST_253 = `${LABEL_63}.${LABEL_63}.${LABEL_63}.${'b'.repeat(61)}`;

describe('valid ids, with name, host and port', () => {
  test.each([
    ['app1@192.168.1.1:4369', 'app1', '192.168.1.1', 4369],
    ['worker-1@localhost:4370', 'worker-1', 'localhost', 4370],
    ['node_2@[::1]:4369', 'node_2', '::1', 4369],
    ['a@[2001:db8::ff]:1', 'a', '2001:db8::ff', 1],
    ['a@[::ffff:10.0.0.1]:1', 'a', '::ffff:10.0.0.1', 1],
    ['Z9@my-host.example.com:65535', 'Z9', 'my-host.example.com', 65535],
    ['a@3com.example:1', 'a', '3com.example', 1],
    ['a@123456789012:1', 'a', '123456789012', 1],
    [`${'n'.repeat(64)}@h:1`, 'n'.repeat(64), 'h', 1],
    [`a@${HOST_253}:65535`, 'a', HOST_253, 65535],
  ])('%s', (text, name, host, port) => {
    const id = NodeId.parse(text);
    expect(id).toBe(text);
    expect(NodeId.components(id)).toEqual({ name, host, port });
    expect([NodeId.getName(id), NodeId.getHost(id), NodeId.getPort(id)]).toEqual([
      name,
      host,
      port,
    ]);
    expect(NodeId.create(name, host, port)).toBe(text);
    expect(NodeId.isValid(text)).toBe(true);
    expect(isNodeId(text)).toBe(true);
  });
});

test('any text that can be parsed can be taken apart, and others say why not', () => {
  expect(NodeId.components('app@HOST:1')).toEqual({ name: 'app', host: 'host', port: 1 });
  expect(() => NodeId.getName('app@host')).toThrow(InvalidNodeIdError);
});

describe('invalid ids, with the reason', () => {
  const port = 'port must be an integer from 1 to 65535, in decimal digits without leading zero';
  const octets = 'host must be four numbers from 0 to 255 without leading zeros';
  const label =
    'host must be an IP address, or labels of 1 to 63 letters, digits and inner hyphens';
  const brackets = 'an IPv6 host must be in brackets, like [::1]:4369';
  test.each<[unknown, string]>([
    ['', 'is empty: expected name@host:port'],
    [undefined, 'must be a string like name@host:port'],
    [42, 'must be a string like name@host:port'],
    ['invalid', 'has no "@": expected name@host:port'],
    ['@h:1', 'name is empty'],
    ['1app@host:4369', 'name must start with a letter'],
    ['_a@host:4369', 'name must start with a letter'],
    ['a.b@host:1', 'name must consist of letters, digits, underscores and hyphens'],
    ['a\n@host:1', 'name must consist of letters, digits, underscores and hyphens'],
    [`${'n'.repeat(65)}@h:1`, 'name must have at most 64 characters'],
    ['app@host', 'has no port: expected host:port'],
    ['app@[::1]', 'has no port: expected host:port'],
    ['app@:1', 'host is empty'],
    ['app@host:', port],
    ['app@host:0', port],
    ['app@host:99999', port],
    ['app@host:65536', port],
    ['app@host:04369', port],
    ['app@host:4369abc', port],
    ['app@host:1e3', port],
    ['app@host:+1', port],
    ['app@host: 1', port],
    ['app@host:1\n', port],
    ['app@::1:4369', brackets],
    ['app@a:b:1', brackets],
    ['app@[::1:4369', 'host "[::1" is not an IPv6 address'],
    ['app@::1]:4369', brackets],
    ['app@[10.0.0.1]:1', 'host "[10.0.0.1]" is not an IPv6 address'],
    ['app@[:::1]:1', 'host "[:::1]" is not an IPv6 address'],
    ['app@[fe80::1%eth0]:1', 'host must not have an IPv6 zone ("%...")'],
    ['app@256.1.1.1:1', octets],
    ['app@1.2.3:1', octets],
    ['app@1.2.3.04:1', octets],
    ['app@1.2.3.4.:1', octets],
    ['app@0:1', 'host must be a name or an IP address, not a number'],
    ['app@my_host:1', 'host must not contain an underscore'],
    ['app@host.example.:1', 'host must not end with a dot'],
    ['app@-a:1', label],
    ['app@a-:1', label],
    ['app@a..b:1', label],
    ['app@a b:1', label],
    ['app@b@c:1', label],
    ['app@ü:1', label],
    [`app@${'a'.repeat(64)}:1`, label],
    [`app@${HOST_253}b:1`, 'host must have at most 253 characters'],
    [`app@${'h'.repeat(400)}:1`, 'must have at most 330 characters'],
  ])('%j', (value, reason) => {
    expect(() => NodeId.parse(value)).toThrow(expect.objectContaining({ value, reason }));
    expect(() => NodeId.parse(value)).toThrow(InvalidNodeIdError);
    expect(NodeId.tryParse(value)).toBeUndefined();
    expect(NodeId.isValid(value)).toBe(false);
    expect(isNodeId(value)).toBe(false);
  });
});

it('lower-cases the host and keeps the name', () => {
  const id = NodeId.parse('App@LocalHost:4369');
  expect(id).toBe('App@localhost:4369');
  expect(NodeId.equals(id, NodeId.create('App', 'LOCALHOST', 4369))).toBe(true);
  expect(NodeId.equals(id, NodeId.parse('app@localhost:4369'))).toBe(false);
  expect(NodeId.toString(id)).toBe('App@localhost:4369');
});

it('takes a text that is not canonical as valid, but not yet as a NodeId', () => {
  expect(NodeId.isValid('a@HOST:1')).toBe(true);
  expect(isNodeId('a@HOST:1')).toBe(false);
});

it('creates from an IPv6 host with or without brackets', () => {
  expect(NodeId.create('a', '::1', 7)).toBe('a@[::1]:7');
  expect(NodeId.create('a', '[::1]', 7)).toBe('a@[::1]:7');
});

test.each([0, -1, 1.5, 65536, Number.NaN, 1e21])('refuses to create with port %s', (port) => {
  expect(() => NodeId.create('a', 'h', port)).toThrow(InvalidNodeIdError);
});
