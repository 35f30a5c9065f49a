// What must hold for the four messages, whatever is done to them and in whatever order they come.

import {
  AcceptorHandshake,
  DialerHandshake,
  FRAME,
  FrameReader,
  frame,
} from '../../../dist/parts.js';
import { simulatedKeys } from '../../../dist/testing/index.js';

const KEPT = 5;
const PRE_AUTH_BYTES = 1_024;
const LONGEST_ORDER = 6;

/** Two sides that know one secret. */
class Pair {
  #random;
  #keys;
  #psk;

  constructor(random) {
    this.#random = random;
    this.#keys = simulatedKeys(random);
    this.#psk = random.bytes(32);
    this.dialerKeys = this.#keys.pair();
    this.acceptorKeys = this.#keys.pair();
  }

  dialer(psk = this.#psk) {
    return new DialerHandshake(config('a', psk), {
      keyPair: this.dialerKeys,
      nonce: this.#random.bytes(32),
      expectedPeer: 'b@',
      probe: false,
    });
  }

  acceptor() {
    const nonce = this.#random.bytes(32);
    return new AcceptorHandshake(config('b', this.#psk), { keyPair: this.acceptorKeys, nonce });
  }
}

function config(name, psk) {
  const self = {
    id: `${name}@10.0.0.1:4369`,
    uid: Buffer.from(name.repeat(16)).toString('hex'),
    incarnation: 1_000,
  };
  return { self, clusterName: 'default', psks: [psk], features: 0, channelBinding: null };
}

/** Of each of the four messages every bit, header included. */
export function handshakeFlips(random) {
  const pair = new Pair(random);
  const wrong = [];
  let tried = 0;
  for (let message = 0; message < 4; message += 1) {
    for (let bit = 0, bits = 1; bit < bits; bit += 1) {
      const outcome = run(pair, (bytes, at) => {
        if (at !== message) return bytes;
        bits = 8 * bytes.length;
        const flipped = new Uint8Array(bytes);
        flipped[bit >> 3] ^= 1 << (bit & 7);
        return flipped;
      });
      tried += 1;
      if (outcome && wrong.length < KEPT) wrong.push(`H${message + 1}, bit ${bit}`);
    }
  }
  if (!run(pair, (bytes) => bytes)) wrong.push('four messages as they were');
  return { tried, wrong };
}

/** Whether the dialer believes at the end: only then can a session be confirmed. */
function run(pair, carry) {
  const [dialer, acceptor] = [pair.dialer(), pair.acceptor()];
  const hello = opened(carry(dialer.hello(), 0));
  const greeted = hello && acceptor.hello(...hello);
  if (!greeted?.ok) return false;
  const challenge = opened(carry(greeted.send, 1));
  if (!challenge || !dialer.challenged(...challenge).ok) return false;
  const proof = opened(carry(dialer.prove(), 2));
  if (!proof || !acceptor.proved(...proof).ok) return false;
  const answer = opened(carry(acceptor.answer(0, 0).send, 3));
  return Boolean(answer && dialer.accepted(...answer).ok);
}

/** The first frame that a node would see in the bytes, if any. */
function opened(bytes) {
  let first = null;
  new FrameReader(PRE_AUTH_BYTES).push(bytes, (type, body) => {
    first = [type, new Uint8Array(body)];
    return false;
  });
  return first;
}

/**
 * Any messages in any order against a model: after one good greeting exactly one proof is taken,
 * the one that answers this very challenge; everything else is refused, and changes nothing that
 * would make a later proof right. As a node does, an order ends at the first refusal.
 */
export function acceptorOrders(random, count) {
  const pair = new Pair(random);
  const stranger = random.bytes(32);
  const old = recorded(pair);
  const wrong = [];
  let completed = 0;
  for (let n = 0; n < count; n += 1) {
    const acceptor = pair.acceptor();
    const model = { state: 'hello', dialer: null };
    const told = [];
    for (let step = 0; step < LONGEST_ORDER && model.state !== 'over'; step += 1) {
      const [name, make] = nextMove(random, model.state);
      told.push(name);
      const expected = expectation(model.state, name);
      const [type, body] = make({ pair, model, random, stranger, old });
      const { ok, send } = hear(acceptor, model, type, body);
      if (ok !== expected && wrong.length < KEPT) wrong.push(`order ${n}: ${told.join(', ')}`);
      if (!ok) model.state = 'over';
      else if (model.state === 'hello') {
        model.state = name === 'good hello' ? 'prove' : 'prove for another';
        if (name === 'good hello') model.dialer.challenged(...opened(send));
      } else {
        model.state = 'proven';
        completed += 1;
      }
    }
  }
  return { wrong, completed };
}

function expectation(state, name) {
  if (state === 'hello') return name.endsWith('hello') && !name.startsWith('bad');
  return state === 'prove' && name === 'right proof';
}

/** The node asks the handshake only for the message that is due. */
function hear(acceptor, model, type, body) {
  return model.state === 'hello' ? acceptor.hello(type, body) : acceptor.proved(type, body);
}

const MOVES = [
  ['good hello', ({ pair, model }) => goodHello(pair, model)],
  ['recorded hello', ({ old }) => old.hello],
  ["a stranger's hello", ({ pair, stranger }) => opened(pair.dialer(stranger).hello())],
  ['bad hello', ({ pair, random }) => cut(opened(pair.dialer().hello()), random)],
  ['right proof', ({ model }) => opened(proofOf(model))],
  ['recorded proof', ({ old }) => old.proof],
  ['random proof', ({ random }) => [FRAME.prove, random.bytes(32)]],
  ['short proof', ({ random }) => [FRAME.prove, random.bytes(31)]],
  ['right proof as another type', ({ model }) => [FRAME.accept, opened(proofOf(model))[1]]],
  ['challenge', ({ old }) => old.challenge],
  ['answer', ({ old }) => old.answer],
  ['record', ({ random }) => [FRAME.control, random.bytes(40)]],
  ['nothing', () => [FRAME.hello, new Uint8Array(0)]],
];

const RIGHT_MOVES = MOVES.filter(([name]) => name === 'good hello' || name === 'right proof');

/** The right one often enough for orders to get somewhere. */
function nextMove(random, state) {
  if (random.float() < 0.4) return RIGHT_MOVES[state === 'hello' ? 0 : 1];
  return MOVES[Math.floor(random.float() * MOVES.length)];
}

function goodHello(pair, model) {
  model.dialer = pair.dialer();
  return opened(model.dialer.hello());
}

/** Before there is a challenge any bytes will do. */
function proofOf({ state, dialer }) {
  return state === 'hello' || state === 'prove for another' || dialer === null
    ? frame(FRAME.prove, new Uint8Array(32))
    : dialer.prove();
}

function cut([type, body], random) {
  return [type, body.subarray(0, Math.floor(random.float() * body.length))];
}

function recorded(pair) {
  const [dialer, acceptor] = [pair.dialer(), pair.acceptor()];
  const hello = opened(dialer.hello());
  const challenge = opened(acceptor.hello(...hello).send);
  dialer.challenged(...challenge);
  const proof = opened(dialer.prove());
  acceptor.proved(...proof);
  return { hello, challenge, proof, answer: opened(acceptor.answer(0, 0).send) };
}
