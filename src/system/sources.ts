import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { AdvertiseSources, Interface } from './advertise.ts';
import { systemResolver } from './resolver.ts';

/** Any will do: nothing is sent. */
const PROBE_PORT = 9;

export const systemSources: AdvertiseSources = {
  resolver: systemResolver,
  routeSource,
  interfaces: () =>
    Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
      addresses.map(({ address, family, internal }): Interface => {
        return { name, address, family, internal };
      }),
    ),
};

/** Connecting a UDP socket makes the kernel choose the route, and with it the source address. */
function routeSource(to: string, done: (address: string | null) => void): void {
  const socket = createSocket(isIPv6(to) ? 'udp6' : 'udp4');
  let answered = false;
  const answer = (address: string | null) => {
    if (answered) return;
    answered = true;
    socket.close();
    done(address);
  };
  socket.on('error', () => answer(null));
  socket.once('connect', () => answer(socket.address().address));
  // Exclusive: a worker of node:cluster would ask its primary otherwise.
  socket.bind({ port: 0, exclusive: true }, () => socket.connect(PROBE_PORT, to));
}
