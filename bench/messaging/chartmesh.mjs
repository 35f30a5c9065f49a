// Two nodes of chartmesh: asks to a plain handler, to `fromTransition` or to a machine.
import { setTimeout as wait } from 'node:timers/promises';
import { fromTransition, setup } from 'xstate';
import { LocalCluster, systemPorts } from '../../dist/parts.js';
import { duel } from './duel.mjs';

const SECRET = 'a benchmark secret of 32 bytes!!';
const BUSY_BYTES = 1_048_576;

function behaviors(hit) {
  const answer = (event) => {
    hit();
    event.replyTo?.send(event.value);
  };
  return {
    handler: (message) => {
      hit();
      return message;
    },
    transition: fromTransition((state, event) => {
      answer(event);
      return state;
    }, 0),
    machine: setup({ actions: { answer: ({ event }) => answer(event) } }).createMachine({
      initial: 'on',
      states: { on: { on: { ask: { actions: 'answer' } } } },
    }),
  };
}

async function startNode(nodeName, options, seeds) {
  const ports = { ...systemPorts(), allowPortZero: true };
  const cluster = new LocalCluster(ports);
  await cluster.start({
    ...{ nodeName, host: '127.0.0.1', port: 0, seeds },
    ...(options.secret ? { clusterSecret: SECRET } : {}),
    ...(options.tls ? { tls: options.tls } : {}),
  });
  return { cluster, actors: ports.actors };
}

await duel({
  async serve(options, hit) {
    const { cluster, actors } = await startNode('server', options, []);
    for (const [name, logic] of Object.entries(behaviors(hit))) {
      actors.behaviors.register(name, logic);
    }
    return cluster.getLocalNodeId();
  },

  async connect(id, options) {
    const { cluster, actors } = await startNode('client', options, [id]);
    while (!cluster.isNodeConnected(id)) await wait(5);
    const ref = await actors.spawn(options.target, { on: id });
    const event =
      options.target === 'handler' ? (value) => value : (value) => ({ type: 'ask', value });
    return {
      ask: (value) => ref.ask(event(value)),
      send: (value) => ref.send(event(value)),
      pressure: async () => {
        while (ref.queuedBytes > BUSY_BYTES) await wait(1);
      },
    };
  },
});
