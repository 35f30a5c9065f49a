import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished, test } from 'vitest';
import { Lab } from '../support/network-lab.ts';
import { exactly, inForm } from './figures.ts';
import { describeNetworks, isChange, meshOn } from './networks.ts';

const WATCHED_MS = inForm(5_000, 30_000);
const OPTIONS = { heartbeatIntervalMs: 1_000, heartbeatMissThreshold: 3 };
const BITS_PER_SECOND = 256_000;

/** Sends as much as the path takes, from one host to another, beside the nodes. */
const SOURCE = `require('net').connect(9, process.argv[1], function () {
  const more = () => { while (this.write(Buffer.alloc(16384))); };
  this.on('drain', more);
  more();
})`;
const SINK = `require('net').createServer((socket) => socket.resume())
  .listen(9, process.argv[1], () => console.log('ready'))`;

function program(namespace: string, source: string, address: string): ChildProcess {
  const command = ['netns', 'exec', namespace, process.execPath, '-e', source, address];
  const child = spawn('ip', command, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

describeNetworks('three hosts', () => {
  test('of which one sits behind a congested line keep each other', {
    timeout: WATCHED_MS + 30_000,
  }, async () => {
    const lab = await Lab.open(3);
    const { nodes, hosts } = await meshOn(lab, OPTIONS);
    const [sender, receiver] = hosts;
    if (!sender || !receiver) throw new Error('there are three');
    const sink = program(receiver.namespace, SINK, receiver.address);
    if (sink.stdout) await once(sink.stdout, 'data');
    lab.narrow(sender, BITS_PER_SECOND);
    program(sender.namespace, SOURCE, receiver.address);
    await Promise.all(nodes.map(({ journal }) => journal.never(isChange, 'change', WATCHED_MS)));
    exactly(
      `line of ${BITS_PER_SECOND / 1_000} kbit/s, congested for ${WATCHED_MS / 1_000} s: nodeDown`,
      0,
      nodes.flatMap(({ journal }) => journal.downs()).length,
    );
  });
});
