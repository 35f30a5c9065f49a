import { expect, test } from 'vitest';
import { waitForMesh } from '../support/mesh.ts';
import { Lab, PORT } from '../support/network-lab.ts';
import { expectVerdicts } from './contract.ts';
import { atMost, exactly } from './figures.ts';
import { describeNetworks, isChange, meshOn, QUICK, T } from './networks.ts';

const UP_MS = 500;
const timeNow = () => performance.timeOrigin + performance.now();

async function labOf(size: number, meshed: number) {
  const lab = await Lab.open(size);
  const { nodes } = await meshOn(lab, QUICK, meshed);
  const host = (index: number) => {
    const found = lab.hosts[index];
    if (!found) throw new Error(`there is no host ${index}`);
    return found;
  };
  const node = (index: number) => {
    const found = nodes[index];
    if (!found) throw new Error(`there is no node ${index}`);
    return found;
  };
  return { lab, host, node, seeds: [`${host(0).address}:${PORT}`] };
}

describeNetworks('a node that was killed', () => {
  test('comes back under its name on another port', async () => {
    const { lab, host, node, seeds } = await labOf(3, 3);
    const others = [node(0), node(1)];
    const old = node(2);
    const killedAt = old.kill();
    const again = await lab.start(host(2), { nodeName: 'n3', port: PORT + 1, seeds, ...QUICK });
    const ups = others.map(({ journal }) => journal.waitForUp(again.id, 5_000));
    const downs = others.map(({ journal }) => journal.waitForDown(old.id, 5_000));
    const upAt = Math.max(...(await Promise.all(ups)).map(({ at }) => at));
    const downAt = Math.max(...(await Promise.all(downs)).map(({ at }) => at));
    atMost('restart on a new port: new node up', UP_MS, upAt - again.started.calledAt);
    atMost('restart on a new port: old node down', 100, downAt - killedAt);
  });

  test('comes back under its name on another machine while the old one is dark', async () => {
    const { lab, host, node, seeds } = await labOf(4, 3);
    const others = [node(0), node(1)];
    const old = node(2);
    lab.dropAll(host(2));
    const again = await lab.start(host(3), { nodeName: 'n3', seeds, ...QUICK });
    const ups = others.map(({ journal }) => journal.waitForUp(again.id, 5_000));
    const upAt = Math.max(...(await Promise.all(ups)).map(({ at }) => at));
    atMost('restart on a new machine: new node up', UP_MS, upAt - again.started.calledAt);
    const downs = others.map(async (observer) => ({
      observer,
      down: await observer.journal.waitForDown(old.id, 5_000),
    }));
    expectVerdicts(
      'restart on a new machine: old node down after its last record',
      await Promise.all(downs),
    );
  });
});

describeNetworks('an address', () => {
  test('that swallows packets is reported as a wrong advertised one within 5 s', async () => {
    const { lab, host, node, seeds } = await labOf(3, 1);
    // Somebody has this address, and a firewall that says nothing.
    lab.dropAll(host(2));
    const advertised = `${host(2).address}:${PORT}`;
    const lost = await lab.start(host(1), {
      nodeName: 'n2',
      advertiseHost: host(2).address,
      seeds,
      ...QUICK,
    });
    await waitForMesh([node(0), lost], 5_000);
    const joinedAt = timeNow();
    const told = await Promise.all(
      [node(0), lost].map(({ journal }) => journal.waitForEvent('address.unreachable', 10_000)),
    );
    atMost('wrong advertised address: told on both sides', 5_000, timeNow() - joinedAt);
    const both = {
      advertised,
      observed: expect.stringMatching(new RegExp(`^${host(1).address}:`)),
      failure: 'timeout',
    };
    expect(told).toEqual([both, both].map((event) => expect.objectContaining(event)));
  });

  test('behind the name of a seed that changes is used at the next dial', async () => {
    const lab = await Lab.open(3);
    const [one, two, joining] = lab.hosts;
    if (!one || !two || !joining) throw new Error('there are three');
    joining.names.write({ 'seed.test': one.address });
    const first = await lab.start(one, { nodeName: 'one', ...QUICK });
    const second = await lab.start(two, { nodeName: 'two', ...QUICK });
    const joiner = await lab.start(joining, {
      nodeName: 'joiner',
      seeds: [`seed.test:${PORT}`],
      ...QUICK,
    });
    await waitForMesh([first, joiner], 5_000);
    expect(await joiner.getNodes()).toHaveLength(1);

    joining.names.write({ 'seed.test': two.address });
    const killedAt = first.kill();
    const up = await joiner.journal.waitForUp(second.id, 5_000);
    // One wait of the backoff, and the dial.
    const limitMs = QUICK.reconnectMaxDelayMs + 100;
    atMost('seed name with a new target: node there up', limitMs, up.at - killedAt);
  });

  test('that leads to another member is refused, and the member is unharmed', async () => {
    const { lab, host, node } = await labOf(3, 3);
    const [a, wanted, wrong] = [node(0), node(1), node(2)];
    const marks = [a.journal.mark, wrong.journal.mark];
    wanted.kill();
    lab.redirect(host(0), host(1), host(2));
    const refusal = await a.journal.waitForEvent('peer.refused', 5_000, { from: marks[0] ?? 0 });
    expect(refusal).toMatchObject({ direction: 'outbound', reason: 'wrong_peer' });
    await expect(a.connect(wanted.id)).rejects.toMatchObject({ reason: 'wrong_peer' });
    await Promise.all([a, wrong].map(({ journal }) => journal.never(isChange, 'change', 2 * T)));
    const changes = [a, wrong].flatMap(({ journal }, index) =>
      journal.all(isChange, marks[index]).filter(({ nodeId }) => nodeId !== wanted.id),
    );
    exactly('address that leads to another member: changes of anybody else', 0, changes.length);
  });
});
