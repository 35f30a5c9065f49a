import { describe, expect, onTestFinished, test } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import { Insider } from '../support/insider.ts';
import type { EventOf } from '../support/journal.ts';
import { WatchedMesh } from '../support/watched-mesh.ts';
import { atMost, exactly, fullTest, p99 } from './figures.ts';

const ROUND_TRIPS = 500;
const ROUNDS = 10;
const MEBIBYTE = 1_048_576;
/** Buffers of sockets and of the collector's own, whatever the queue. */
const SLACK_MIB = 1;
/** A question about this node, which nobody knows, is answered with as many bytes as it has. */
const QUESTION = {
  type: 'contactAsked',
  id: `nobody@${Array(4).fill('a'.repeat(60)).join('.')}:4369`,
  uid: '00'.repeat(16),
} as const;
/** Some traffic, and so much that what the kernel holds for a connection is soon used up. */
const FEW = 5;
const MANY = 50;
const ASK_INTERVAL_MS = 5;
const READ_BYTES = 1_024;
const READ_INTERVAL_MS = 1_000;
const SAMPLE_INTERVAL_MS = 50;

interface Asks {
  readonly isSlow: boolean;
  /** Questions every 5 ms. */
  readonly questions: number;
}

interface Asking {
  /** The node has given it up, or it has left. */
  readonly closed: Promise<EventOf<'session.closed'>>;
  readonly leave: () => void;
}

/** A member that asks all the time; a slow one takes the answers as if its line were very bad. */
async function askingMember(mesh: WatchedMesh, { isSlow, questions }: Asks): Promise<Asking> {
  const member = await Insider.join(mesh.victim.port);
  const { socket } = member.stranger;
  if (isSlow) socket.pause();
  const timers = [
    setInterval(() => isSlow && socket.read(READ_BYTES), READ_INTERVAL_MS),
    setInterval(() => {
      if (!member.stranger.isClosed) member.tell(...Array(questions).fill(QUESTION));
    }, ASK_INTERVAL_MS),
  ];
  const leave = () => {
    for (const timer of timers) clearInterval(timer);
    member.stranger.leave();
  };
  onTestFinished(leave);
  const { uid } = member.self;
  const where = (event: EventOf<'session.closed'>) => event.uid === uid;
  const closed = mesh.victim.journal.waitForEvent('session.closed', 40_000, { where });
  return { closed, leave };
}

/** The most that the node's heap has held, after collections, until then. */
async function mostHeapBytes(mesh: WatchedMesh, until: Promise<unknown>): Promise<number> {
  let isOver = false;
  const over = until.finally(() => {
    isOver = true;
  });
  let most = 0;
  do {
    most = Math.max(most, (await mesh.victim.memory()).heapBytes);
    // Collections are dear: between them the node is to work.
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, SAMPLE_INTERVAL_MS))]);
  } while (!isOver);
  await over;
  return most;
}

describe('a member that does not take its answers', () => {
  // T is longer than the tests: what ends a session is to be the full queue, not the stall.
  const start = () => WatchedMesh.start(onTestFinished, { heartbeatMissThreshold: 300 });

  test('costs no more than its queue, and nobody else goes down', { timeout: 90_000 }, async () => {
    const mesh = await start();
    const [peer] = mesh.others;
    const brisk = await askingMember(mesh, { isSlow: false, questions: MANY });
    const usual = await mostHeapBytes(mesh, peer.roundTrips(mesh.victim.id, ROUND_TRIPS));
    brisk.leave();
    const slow = await askingMember(mesh, { isSlow: true, questions: MANY });
    const most = await mostHeapBytes(mesh, slow.closed);
    expect((await slow.closed).cause).toBe('stalled');
    atMost(
      'slow receiver: memory of the sender above that for a brisk one, queue of 256 KiB',
      LIMITS.maxControlQueueBytes / MEBIBYTE + SLACK_MIB,
      (most - usual) / MEBIBYTE,
      'MiB',
    );
    const downs = mesh.nodes.flatMap(({ journal }) => journal.downs());
    const wrong = downs.filter(({ nodeId }) => nodeId.startsWith('n'));
    exactly('slow receiver: nodeDown of anybody else', 0, wrong.length);
  });

  // Times of single round trips mean little while other tests run beside this one.
  fullTest('does not make others wait', { timeout: 120_000 }, async () => {
    const mesh = await start();
    const [peer] = mesh.others;
    await peer.roundTrips(mesh.victim.id, ROUND_TRIPS);
    const [brisk, slow]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [times, isSlow] of [
        [brisk, false],
        [slow, true],
      ] as const) {
        const member = await askingMember(mesh, { isSlow, questions: FEW });
        times.push(...(await peer.roundTrips(mesh.victim.id, ROUND_TRIPS)));
        member.leave();
        // It was there all the time.
        expect((await member.closed).cause).toBe('closed');
      }
    }
    atMost(
      'slow receiver: round trips of others, p99, against those beside a brisk one',
      1.2,
      p99(slow) / p99(brisk),
      'times',
    );
  });
});
