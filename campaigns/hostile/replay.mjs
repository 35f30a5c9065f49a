// Recorded sessions, byte for byte, cut, mixed and turned round, to the same node and to others.

import { FRAME, FrameReader, frame } from '../../dist/parts.js';
import { seededRandom } from '../../dist/testing/index.js';
import { report } from '../support/report.mjs';
import { goal, losses } from './support/goals.mjs';
import { Impostor } from './support/impostor.mjs';
import { Member } from './support/member.mjs';
import { Mesh } from './support/mesh.mjs';
import { options } from './support/options.mjs';
import { knock, loopback } from './support/stranger.mjs';
import { Tap } from './support/tap.mjs';

const chosen = options({
  full: { sessions: 6, attempts: 6_000, dials: 300 },
  short: { sessions: 2, attempts: 160, dials: 5 },
});
const OPEN_DOORS = {
  acceptsPerSecond: 1_000_000,
  acceptBurst: 1_000_000,
  maxFailuresPerAddress: 1_000_000,
  helloTimeoutMs: 300,
  handshakeTimeoutMs: 600,
};
const HEARTBEAT_MS = 100;
const AT_ONCE = 32;
const READ_BYTES = 1_048_576;

const random = seededRandom(chosen.seed);
const below = (limit) => Math.floor(random.float() * limit);
const any = (list) => list[below(list.length)];

/** Real nodes come, talk for a while, and go; the last one stays. */
async function record(mesh) {
  const tap = await Tap.listen(mesh.victim.port);
  for (let n = 0; n < chosen.sessions; n += 1) {
    const guest = new Member(`former${n}`);
    mesh.keep([guest]);
    await guest.start({ heartbeatIntervalMs: HEARTBEAT_MS, seeds: [`127.0.0.1:${tap.port}`] });
    await Promise.all(mesh.ids.map((id) => guest.up(id)));
    for (let ping = 0; ping < 5; ping += 1) await guest.ask('pingAll', [mesh.victim.id]);
    if (n + 1 < chosen.sessions) await guest.ask('stop');
  }
  // Seeds are found through the tap; a node may have come back for a renewed look.
  const recorded = tap.sessions.filter(({ dialer }) => dialer.length > 3);
  return {
    tap,
    recorded: recorded.map(({ dialer, acceptor }) => ({
      dialer: [...dialer],
      acceptor: [...acceptor],
    })),
  };
}

/** What somebody says who has only recordings; each time another mixture. */
const MIXTURES = {
  'byte for byte': (recorded) => any(recorded).dialer,
  'cut off': (recorded) => {
    const bytes = Buffer.concat(any(recorded).dialer);
    return [bytes.subarray(0, 1 + below(bytes.length))];
  },
  'greeting of one, proof of another': (recorded) => {
    const [one, other] = [any(recorded).dialer, any(recorded).dialer];
    return [one[0], other[1], ...other.slice(2)];
  },
  'handshake of one, records of another': (recorded) => {
    const [one, other] = [any(recorded).dialer, any(recorded).dialer];
    return [one[0], one[1], ...other.slice(2)];
  },
  'without the proof': (recorded) => any(recorded).dialer.toSpliced(1, 1),
  'the other side of it': (recorded) => any(recorded).acceptor,
  'the other side under the types of a dialer': (recorded) => {
    const [challenge, accept, ...records] = any(recorded).acceptor;
    return [retyped(challenge, FRAME.hello), retyped(accept, FRAME.prove), ...records];
  },
  'all of it twice': (recorded) => {
    const { dialer } = any(recorded);
    return [...dialer, ...dialer];
  },
};

function retyped(bytes, type) {
  const changed = new Uint8Array(bytes);
  changed[4] = type;
  return changed;
}

const outcome = { tried: 0, accepted: 0, open: [] };

/** `reflects`: sends the node's own frames back to it as well. */
async function attempt(port, what, says, reflects) {
  outcome.tried += 1;
  const { socket, closed } = knock(port, loopback(200 + (outcome.tried % 1_000)));
  const reader = new FrameReader(READ_BYTES);
  socket.on('data', (chunk) =>
    reader.push(chunk, (type, body) => {
      if (type === FRAME.accept) outcome.accepted += 1;
      if (reflects) socket.write(frame(type, body));
      return true;
    }),
  );
  socket.once('connect', () => socket.write(Buffer.concat(says)));
  const timer = setTimeout(() => {
    outcome.open.push(what);
    socket.destroy();
  }, 5_000);
  await closed;
  clearTimeout(timer);
}

async function toListeners(mesh, recorded) {
  const kinds = Object.entries(MIXTURES);
  for (let tried = 0; tried < chosen.attempts; ) {
    const salvo = [];
    for (; salvo.length < AT_ONCE && tried < chosen.attempts; tried += 1) {
      const [what, mix] = kinds[tried % kinds.length];
      const { port } = mesh.members[tried % 3];
      salvo.push(attempt(port, what, mix(recorded), tried % 5 === 0));
    }
    await Promise.all(salvo);
  }
}

/** Nodes that dial somebody who has only recordings of an acceptor, or a mirror. */
async function toDialers(mesh, recorded) {
  const impostor = await Impostor.listen();
  const answers = [
    ({ acceptor }) =>
      (at) =>
        at === 0 ? [acceptor[0]] : acceptor.slice(1),
    ({ acceptor }) =>
      (at) =>
        at === 0 ? acceptor : [],
    () => (_, type, body) => [frame(type, body)],
    () => (_, type, body) => [frame(type + 1, body)],
    ({ acceptor }) =>
      (at, _, body) =>
        at === 0 ? [acceptor[0]] : [frame(FRAME.accept, Buffer.concat([new Uint8Array(9), body]))],
  ];
  const met = [];
  for (let dialled = 0; dialled < chosen.dials; dialled += 1) {
    impostor.answer = answers[dialled % answers.length](any(recorded));
    const member = mesh.members[dialled % 3];
    const refusal = await member.ask('refusal', impostor.address);
    if (refusal === null) met.push(`${member.name} took answer ${dialled % answers.length}`);
  }
  impostor.close();
  return met;
}

async function attacked(mesh) {
  const { tap, recorded } = await record(mesh);
  await mesh.reset();
  await toListeners(mesh, recorded);
  const met = await toDialers(mesh, recorded);
  const figures = await mesh.figures();
  const opened = figures.reduce((sum, { totals }) => sum + (totals['sessions opened'] ?? 0), 0);
  const lost = await mesh.losses();
  tap.close();
  const frames = recorded.reduce((sum, one) => sum + one.dialer.length + one.acceptor.length, 0);
  return {
    rows: [
      goal(
        `of ${outcome.tried} replays to three listeners, proofs accepted`,
        'none',
        outcome.accepted,
        outcome.accepted === 0,
      ),
      goal('sessions opened meanwhile', 'none', opened, opened === 0),
      losses('connections not ended within 5 s', outcome.open),
      losses(`of ${chosen.dials} dials to an impostor, believed`, met),
      losses('nodeDown, sessions lost', lost),
    ],
    notes: [
      `${recorded.length} sessions of real nodes were recorded through a proxy, ${frames} frames in all; one of those nodes was still there.`,
      `Mixtures: ${Object.keys(MIXTURES).join('; ')}; one in five also gets its own frames back.`,
      'The limits on accepted links are raised, and the handshake has 0.6 s, or this would take hours.',
    ],
  };
}

const { rows, notes } = await Mesh.with({ limits: OPEN_DOORS }, attacked);
report({
  name: 'hostile-replay',
  title: 'Recorded sessions replayed to the same node and to others',
  seeds: String(chosen.seed),
  rows,
  notes,
});
