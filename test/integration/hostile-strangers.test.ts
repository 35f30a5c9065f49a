/** Bytes of people who are no nodes: each costs its own socket and one line for the operator. */
import { randomBytes } from 'node:crypto';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConnectReason } from '../../src/index.ts';
import { Stranger } from '../support/stranger.ts';
import { WatchedMesh } from '../support/watched-mesh.ts';

const AT_ONCE_MS = 400;
const HELLO_TIMEOUT_MS = 500;

const ends: (() => Promise<void>)[] = [];
let mesh: WatchedMesh;
let strangers = 1;

beforeAll(async () => {
  mesh = await WatchedMesh.start((end) => ends.push(end));
});

afterAll(async () => {
  await Promise.all(ends.map((end) => end()));
});

/** Reports are limited by address, so every stranger comes from another one. */
function nextAddress(): string {
  strangers += 1;
  return `127.0.1.${strangers}`;
}

function bytes(...parts: readonly (string | readonly number[] | Uint8Array)[]): Buffer {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))),
  );
}

const NOISE = randomBytes(65_536);
// The first five bytes decide; pinned, so that no run sees a plausible length by chance.
NOISE.set([0x9d, 0x41, 0x07, 0xe3, 0x5a]);

const FIRST_BYTES: readonly (readonly [string, Uint8Array])[] = [
  ['an HTTP request', bytes('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n')],
  ['64 KiB of noise', NOISE],
  ['a huge length', bytes([0x7f, 0xff, 0xff, 0xff, 0x01])],
  ['a length of 4 GiB', bytes([0xff, 0xff, 0xff, 0xff, 0x01])],
  ['a length just above the limit', bytes([0x00, 0x00, 0x04, 0x01, 0x01])],
  ['no length', bytes([0x00, 0x00, 0x00, 0x00, 0x01])],
  ['six zero bytes', bytes([0, 0, 0, 0, 0, 0])],
  ['a frame of no known type', bytes([0x00, 0x00, 0x00, 0x01, 0x63, 0x00])],
  ['a greeting without magic', bytes([0x00, 0x00, 0x00, 0x04, 0x01], 'CMSX')],
  ['a greeting of magic alone', bytes([0x00, 0x00, 0x00, 0x04, 0x01], 'CMSH')],
  ['a proof before the greeting', bytes([0x00, 0x00, 0x00, 0x20, 0x03], Buffer.alloc(32))],
  ['a record before the greeting', bytes([0x00, 0x00, 0x00, 0x20, 0x10], Buffer.alloc(32))],
  ['a refusal before the greeting', bytes([0x00, 0x00, 0x00, 0x01, 0x05, 0x01])],
];

describe('bytes that are no greeting', () => {
  test.each(FIRST_BYTES)(
    '%s closes that socket, is reported once, and nobody notices',
    async (_, said) => {
      mesh.mark();
      const from = nextAddress();
      for (let repeat = 0; repeat < 3; repeat += 1) {
        const stranger = await Stranger.connect(mesh.victim.port, { from });
        stranger.say(said);
        await stranger.waitForClose(AT_ONCE_MS);
      }
      expect(await mesh.waitForRefusal(from)).toMatchObject({
        direction: 'inbound',
        reason: 'protocol' satisfies ConnectReason,
        nodeId: null,
        suppressed: 0,
      });
      await mesh.expectUnaffected();
      expect(mesh.refusalsOf(from)).toHaveLength(1);
    },
  );

  test('a TLS client is told that it met none, and reported as one', async () => {
    mesh.mark();
    const from = nextAddress();
    const { socket: raw } = await Stranger.connect(mesh.victim.port, { from, reads: false });
    const socket = connectTls({ socket: raw, rejectUnauthorized: false });
    const error = await new Promise<NodeJS.ErrnoException>((resolve) =>
      socket.once('error', resolve),
    );
    expect(error.code).toBe('ERR_SSL_WRONG_VERSION_NUMBER');
    expect(await mesh.waitForRefusal(from)).toMatchObject({
      reason: 'plaintext' satisfies ConnectReason,
      detail: 'the other side speaks TLS, and this node does not',
    });
    await mesh.expectUnaffected();
  });
});

describe('a stranger that says nothing more', () => {
  test.each([
    ['nothing at all', bytes([])],
    ['half a header', bytes([0x00, 0x00])],
    ['half a greeting', bytes([0x00, 0x00, 0x01, 0x00, 0x01], 'CMSH', [1, 1, 1])],
  ])('after %s it is cut when the greeting is overdue, and nobody notices', async (_, said) => {
    mesh.mark();
    const from = nextAddress();
    const startedAt = performance.timeOrigin + performance.now();
    const stranger = await Stranger.connect(mesh.victim.port, { from });
    stranger.say(said);
    const closedAt = await stranger.waitForClose(HELLO_TIMEOUT_MS + AT_ONCE_MS);
    expect(closedAt - startedAt).toBeGreaterThan(HELLO_TIMEOUT_MS - 20);
    expect(await mesh.waitForRefusal(from)).toMatchObject({ reason: 'timeout', nodeId: null });
    await mesh.expectUnaffected();
  });

  test('one that closes its own half is forgotten', async () => {
    mesh.mark();
    const stranger = await Stranger.connect(mesh.victim.port, { from: nextAddress() });
    stranger.socket.end();
    await stranger.waitForClose(HELLO_TIMEOUT_MS + AT_ONCE_MS);
    await mesh.expectUnaffected();
  });
});
