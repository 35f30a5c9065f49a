// Calls of an action between two brokers over the TCP transporter, with its defaults.
import { once } from 'node:events';
import { createServer } from 'node:net';
import moleculer from 'moleculer';
import { duel } from '../messaging/duel.mjs';

const WAIT_MS = 30_000;

/** Both are told where each of them is, instead of looking for each other by UDP. */
function broker(nodeID, urls) {
  const options = { udpDiscovery: false, urls };
  return new moleculer.ServiceBroker({
    nodeID,
    logger: false,
    transporter: { type: 'TCP', options },
  });
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

await duel({
  async serve(_, hit) {
    const [here, there] = await freePorts(2);
    const urls = [`tcp://127.0.0.1:${here}/server`, `tcp://127.0.0.1:${there}/client`];
    const server = broker('server', urls);
    server.createService({
      name: 'echo',
      actions: {
        ask: ({ params }) => {
          hit();
          return params;
        },
      },
    });
    await server.start();
    return urls;
  },

  async connect(urls) {
    const client = broker('client', urls);
    await client.start();
    await client.waitForServices('echo', WAIT_MS);
    return { ask: (value) => client.call('echo.ask', value) };
  },
});
