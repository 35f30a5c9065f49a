// Listens, and answers whoever dials with what it is told to, frame by frame.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { FrameReader } from '../../../dist/parts.js';

const READ_BYTES = 1_048_576;

export class Impostor {
  /** Gets the number of a frame and the frame; gives what to send back. */
  answer = () => [];
  #server;

  static async listen() {
    const impostor = new Impostor();
    impostor.#server = createServer({ noDelay: true }, (socket) => impostor.#meet(socket));
    impostor.#server.listen(0, '127.0.0.1');
    await once(impostor.#server, 'listening');
    return impostor;
  }

  get address() {
    return `127.0.0.1:${this.#server.address().port}`;
  }

  close() {
    this.#server.close();
  }

  #meet(socket) {
    const reader = new FrameReader(READ_BYTES);
    let frames = 0;
    socket.on('error', () => {});
    socket.on('data', (chunk) =>
      reader.push(chunk, (type, body) => {
        for (const bytes of this.answer(frames, type, body)) socket.write(bytes);
        frames += 1;
        return true;
      }),
    );
  }
}
