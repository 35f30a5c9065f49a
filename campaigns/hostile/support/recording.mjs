// The dialer's frames of a handshake that was in order, as somebody on the way would have them.
import { firstFrame, handshakeOf, knock } from './stranger.mjs';

/** H1 and H3; the connection is given up before the answer, so nothing is published. */
export async function recordHandshake(port, psk) {
  const { socket, closed } = knock(port, '127.0.0.98');
  const dialer = handshakeOf('evil', { psk });
  const proof = await new Promise((resolve, reject) => {
    firstFrame(socket, (type, body) => {
      const challenged = dialer.challenged(type, body);
      if (challenged.ok) resolve(dialer.prove());
      else reject(new Error(`no challenge to record: ${challenged.failure}`));
    });
    socket.once('connect', () => socket.write(dialer.hello()));
  });
  socket.destroy();
  await closed;
  return [dialer.hello(), proof];
}
