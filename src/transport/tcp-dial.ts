import { connect, isIP, type Socket } from 'node:net';
import type { Dialled, Endpoint } from '../ports.ts';
import { type MakeLink, tcpLink } from './tcp-link.ts';

// Taken at import, so that fake timers installed later do not hold it up.
const nextTick = process.nextTick.bind(process);

export function tcpDial(
  to: Endpoint,
  done: (result: Dialled) => void,
  makeLink: MakeLink = tcpLink,
): () => void {
  let answered = false;
  const answer = (result: Dialled) => {
    if (answered) return;
    answered = true;
    done(result);
  };
  const problem = addressProblem(to);
  if (problem) {
    nextTick(() => answer(failed(new Error(problem))));
    return () => {
      answered = true;
    };
  }

  const socket = connect({ host: to.host, port: to.port, noDelay: true, keepAlive: true });
  const onError = (error: Error) => answer(failed(error));
  // Stays for good: an aborted socket may still fail.
  socket.on('error', onError);
  socket.once('close', () => onError(new Error('closed while connecting')));
  socket.once('connect', () => {
    if (answered) return;
    socket.pause();
    answer(connected(socket, makeLink));
  });
  return () => {
    if (answered) return;
    answered = true;
    socket.destroy();
  };
}

function connected(socket: Socket, makeLink: MakeLink): Dialled {
  if (isSelfConnect(socket)) {
    socket.destroy();
    return { ok: false, failure: 'refused', error: new Error('nothing listens at the address') };
  }
  const link = makeLink(socket);
  if (link) return { ok: true, link };
  socket.destroy();
  return failed(new Error('closed while connecting'));
}

/**
 * A dial to a local port in the ephemeral range can meet itself: the kernel may choose the very
 * same port as the source, and TCP then connects the socket to itself.
 */
function isSelfConnect(socket: Socket): boolean {
  return socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
}

function failed(error: Error): Dialled {
  const refused = 'code' in error && error.code === 'ECONNREFUSED';
  return { ok: false, failure: refused ? 'refused' : 'unreachable', error };
}

/** What `connect` would throw for, or look up by itself. */
function addressProblem({ host, port }: Endpoint): string | null {
  if (isIP(host) === 0) return `not an IP address: ${JSON.stringify(host)}`;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return `not a port: ${port}`;
  return null;
}
