import { expect, test } from 'vitest';
import { Lab } from '../support/network-lab.ts';
import { expectVerdicts } from './contract.ts';
import { atMost, exactly } from './figures.ts';
import { describeNetworks, meshOn, T } from './networks.ts';

const EXIT_MS = 2_000;

async function pairWithTraffic() {
  const lab = await Lab.open(2);
  const { nodes, hosts } = await meshOn(lab);
  const [[here, there], [node, other]] = [hosts, nodes];
  if (!here || !there || !node || !other) throw new Error('there are two');
  // Every ping waits for its answer: what is lost stays queued in the kernel.
  await node.startPings(other.id);
  return { lab, here, there, node, other };
}

/** As `ss` shows a socket: state, received and not read, sent and not acknowledged. */
function isQueued(line: string): boolean {
  return Number(line.split(/\s+/)[2]) > 0;
}

describeNetworks('a connection whose other end vanishes without a word', () => {
  // Pings are stopped, for they hold up the exit, but not waited for: the last gets no answer.
  test('is noticed by T, leaves no socket, and holds up nobody who exits', async () => {
    const { lab, here, there, node, other } = await pairWithTraffic();
    lab.dropAll(there);
    await node.journal.waitForEvent('peer.suspect', 2 * T);
    expect(lab.sockets(here, there.address).map(isQueued)).toContain(true);
    const down = await node.journal.waitForDown(other.id, 4 * T);
    expectVerdicts('half-open, data queued: nodeDown after the last record', [
      { observer: node, down },
    ]);
    const left = lab.sockets(here, there.address).filter((line) => !line.startsWith('SYN-SENT'));
    exactly('half-open, data queued: sockets and buffers left', 0, left.length);

    void node.stopPings().catch(() => {});
    const calledAt = performance.now();
    await node.stop();
    expect(await node.waitForExit(10_000)).toMatchObject({ code: 0 });
    atMost('half-open: exit of the process after stop()', EXIT_MS, performance.now() - calledAt);
  });

  test('does not keep a process from exiting that stops before it notices', async () => {
    const { lab, here, there, node } = await pairWithTraffic();
    lab.dropAll(there);
    void node.stopPings().catch(() => {});
    const calledAt = performance.now();
    await node.stop();
    expect(await node.waitForExit(10_000)).toMatchObject({ code: 0 });
    atMost(
      'half-open, not noticed yet: exit of the process after stop()',
      EXIT_MS,
      performance.now() - calledAt,
    );
    exactly(
      'half-open, not noticed yet: sockets left after the exit',
      0,
      lab.sockets(here, there.address).length,
    );
  });
});
