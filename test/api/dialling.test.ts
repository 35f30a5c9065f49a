import { expect, it } from 'vitest';
import { A, B, PACE, virtualWorld, type World } from './virtual-nodes.ts';

const B_ID = 'b@10.0.0.2:4369';

/** Far more than may be dialled at once; nothing answers there. */
function deadSeeds(world: World): string[] {
  return Array.from({ length: 60 }, (_, index) => {
    const address = `10.1.0.${index + 1}`;
    world.network.host(address);
    world.network.vanish(address);
    return `${address}:4369`;
  });
}

it('lets connect and ping through while many dead seeds are dialled', async () => {
  const world = virtualWorld();
  const [a, b] = [world.node(A), world.node(B)];
  await world.start(b, { host: B });
  await world.start(a, { host: A, seeds: deadSeeds(world) });
  await world.advance(10_000);
  const connecting = a.cluster.connect(B_ID, { timeoutMs: 5_000 });
  await world.advance(50);
  expect(a.cluster.getConnectedNodeCount()).toBe(1);
  expect(await connecting).toBe(B_ID);
  const pinging = a.cluster.ping('10.0.0.2:4369');
  await world.advance(50);
  expect(await pinging).toBe(true);
});

it('joins at once by the one living seed among many dead ones', async () => {
  const world = virtualWorld();
  const [a, b] = [world.node(A), world.node(B)];
  await world.start(b, { host: B });
  const starting = a.cluster.start({
    ...PACE,
    nodeName: 'a',
    host: A,
    seeds: [...deadSeeds(world), B_ID],
  });
  starting.catch(() => {});
  await world.advance(50);
  expect(b.cluster.getConnectedNodes().map(({ id }) => id)).toEqual(['a@10.0.0.1:4369']);
});

it('finds whoever lives at a seed after a node that died before it greeted', async () => {
  const world = virtualWorld();
  const [a, b] = [world.node(A), world.node(B)];
  const patient = { heartbeatMissThreshold: 15 };
  await world.start(b, { host: B, ...patient });
  const seeds = ['b.example:4369'];
  await world.start(a, { host: A, seeds, reconnectMaxDelayMs: 2_000, ...patient });
  await world.advance(100);
  world.network.crash(B);
  await world.advance(1_500);
  const closed: string[] = [];
  let isOpened = false;
  a.cluster.events$.subscribe((event) => {
    if (event.type === 'session.opened') isOpened = true;
    if (event.type === 'session.closed') closed.push(event.cause);
  });
  // Its greeting never leaves, and then the machine is gone without a word.
  const mute = world.node(B, { faults: { strikes: (point) => point === 'flush' } });
  const starting = mute.cluster.start({
    nodeName: 'b',
    host: B,
    heartbeatIntervalMs: 1_000,
    ...patient,
  });
  starting.catch(() => {});
  for (let steps = 0; steps < 5_000 && !isOpened; steps += 1) await world.advance(1);
  world.network.vanish(B);
  await world.advance(3_100);
  expect(closed).toEqual(['released']);
  await world.start(world.node(B), { host: B, nodeName: 'newcomer', port: 4369 });
  await world.advance(20_000);
  expect(a.cluster.getConnectedNodes().map(({ id }) => id)).toEqual(['newcomer@10.0.0.2:4369']);
});

it('stops for good when stop() follows start() inside a status callback', async () => {
  const world = virtualWorld();
  const a = world.node(A);
  await world.start(a, { host: A });
  const outcomes: string[] = [];
  let isAgain = false;
  a.cluster.onStatusChange((status) => {
    if (status !== 'stopped' || isAgain) return;
    isAgain = true;
    a.cluster.start({ nodeName: 'a', host: A }).then(
      () => outcomes.push('started'),
      () => outcomes.push('not started'),
    );
    a.cluster.stop().then(() => outcomes.push(a.cluster.getStatus()));
  });
  a.cluster.stop();
  await world.advance(3_000);
  expect(outcomes.sort()).toEqual(['not started', 'stopped']);
  expect(a.cluster.getStatus()).toBe('stopped');
});
