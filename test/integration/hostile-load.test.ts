/** Many strangers at once: bounded in number, memory and time, while members come and go. */
import { expect, onTestFinished, test } from 'vitest';
import { ChildNode } from '../support/child-node.ts';
import { timeNow } from '../support/journal.ts';
import { waitForMesh } from '../support/mesh.ts';
import { Stranger } from '../support/stranger.ts';
import { meshConfig, WatchedMesh } from '../support/watched-mesh.ts';

const FACTOR = process.env.HOSTILE_FULL === '1' ? 3 : 1;
const SLOW_SOCKETS = 100;
const HELLO_TIMEOUT_MS = 500;
const JOIN_MS = 2_000;
const MAX_PER_ADDRESS = 64;
const EXCESS = 40;
const MAX_STALL_MS = 150;
const PRE_AUTH_MEMORY_BYTES = 16 * 1_048_576;

/** The first bytes of a greeting that claims to be as long as is permitted. */
const LONG_GREETING = Buffer.concat([
  Uint8Array.of(0x00, 0x00, 0x04, 0x00, 0x01),
  Buffer.from('CMSH'),
  Buffer.alloc(1_000, 1),
]);

function crowd(port: number, size: number, from: string): Promise<Stranger[]> {
  return Promise.all(Array.from({ length: size }, () => Stranger.connect(port, { from })));
}

/** Tries again and again: an address that has failed is let in once that is forgiven. */
async function untilDone(done: Promise<unknown>, attempt: () => Promise<void>): Promise<void> {
  let isDone = false;
  const end = done.finally(() => {
    isDone = true;
  });
  while (!isDone) await Promise.race([end, attempt()]);
  await end;
}

test('slow strangers are cut when the greeting is overdue, and a node joins meanwhile', async () => {
  const mesh = await WatchedMesh.start(onTestFinished);
  mesh.mark();
  const startedAt = timeNow();
  const slow = [
    ...(await crowd(mesh.victim.port, SLOW_SOCKETS / 2, '127.0.4.1')),
    ...(await crowd(mesh.victim.port, SLOW_SOCKETS / 2, '127.0.4.2')),
  ];
  let at = 0;
  const dribble = setInterval(() => {
    for (const stranger of slow) stranger.say(LONG_GREETING.subarray(at, at + 1));
    at += 1;
  }, 50);
  onTestFinished(() => clearInterval(dribble));
  const guest = ChildNode.start(meshConfig('guest', { seeds: [mesh.victim.id] }));
  const closings = await Promise.all(slow.map((stranger) => stranger.waitForClose(JOIN_MS)));
  expect(Math.max(...closings) - startedAt).toBeLessThan(HELLO_TIMEOUT_MS + 700);
  await waitForMesh([...mesh.nodes, await guest], JOIN_MS);
  await mesh.expectUnaffected();
  expect(mesh.refusalsOf('127.0.4.1')).toHaveLength(1);
});

test('more pending strangers than permitted are reset at once, and let in again later', async () => {
  const mesh = await WatchedMesh.start(onTestFinished);
  mesh.mark();
  const before = await mesh.victim.memory();
  const pinged = await mesh.during(async () => {
    for (let wave = 0; wave < FACTOR; wave += 1) {
      const from = `127.0.5.${wave + 1}`;
      const startedAt = timeNow();
      const strangers = await crowd(mesh.victim.port, MAX_PER_ADDRESS + EXCESS, from);
      for (const stranger of strangers) stranger.say(LONG_GREETING);
      const { heapBytes } = await mesh.victim.memory();
      expect(heapBytes - before.heapBytes).toBeLessThan(PRE_AUTH_MEMORY_BYTES);
      const closings = await Promise.all(strangers.map((one) => one.waitForClose(JOIN_MS)));
      const early = closings.filter((at) => at - startedAt < HELLO_TIMEOUT_MS - 20);
      expect(early).toHaveLength(EXCESS);
      const isHeard = mesh.waitForRefusal(from, JOIN_MS, 'protocol');
      await untilDone(isHeard, async () => {
        const late = await Stranger.connect(mesh.victim.port, { from });
        late.say('GET / HTTP/1.1\r\n\r\n');
        await late.waitForClose(JOIN_MS);
      });
    }
  });
  await mesh.expectUnaffected();
  expect(pinged.failed).toBe(0);
  expect(pinged.longestStallMs).toBeLessThan(MAX_STALL_MS);
});
