// Raw sockets to a node from loopback addresses of their own, and what strangers say on them.
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { DialerHandshake, FRAME, FrameReader, frame, systemKeys } from '../../../dist/parts.js';

const PRE_AUTH_BYTES = 1_024;
/** Making keys would keep the attackers busy instead of the attacked. */
const KEYS = Array.from({ length: 16 }, () => systemKeys.pair());

/** A socket that swallows its errors; `closed` resolves to the moment of its end. */
export function knock(port, from) {
  const socket = connect({ host: '127.0.0.1', port, localAddress: from, noDelay: true });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', () => resolve(performance.now())));
  return { socket, closed };
}

/** The address number `n` of those that attackers use: 127.16.0.1 and up. */
export function loopback(n) {
  return `127.${16 + ((n >> 16) & 63)}.${(n >> 8) & 255}.${n & 255}`;
}

/** A handshake as a node would do it, under a secret of the stranger's choice. */
export function handshakeOf(name, changes = {}) {
  const { clusterName = 'default', psk = Buffer.alloc(32, 1), expectedPeer = '' } = changes;
  const self = {
    id: `${name}@127.0.0.99:4999`,
    uid: randomBytes(16).toString('hex'),
    incarnation: changes.incarnation ?? Date.now(),
  };
  return new DialerHandshake(
    { self, clusterName, psks: [psk], features: 0, channelBinding: null },
    {
      keyPair: KEYS[lives++ % KEYS.length],
      nonce: randomBytes(32),
      expectedPeer,
      probe: false,
    },
  );
}
let lives = 0;

/** Calls back once with the first frame that comes. */
export function firstFrame(socket, got) {
  const reader = new FrameReader(PRE_AUTH_BYTES);
  socket.on('data', (chunk) =>
    reader.push(chunk, (type, body) => {
      got(type, new Uint8Array(body));
      return false;
    }),
  );
}

export const wrongProof = () => frame(FRAME.prove, randomBytes(32));
