// Sockets that begin a greeting and go on at one byte a second.
import { knock, loopback } from './stranger.mjs';

const PER_ADDRESS = 50;
const PATIENCE_MS = 6_000;

/** A header that promises 1,024 bytes, and the first of them. */
const GREETING = Buffer.concat([
  Uint8Array.of(0, 0, 4, 0, 1),
  Buffer.from('CMSH'),
  Buffer.alloc(64),
]);

export async function slowLoris(port, count) {
  const startedAt = performance.now();
  const crowd = Array.from({ length: count }, (_, at) =>
    knock(port, loopback(60_000 + Math.floor(at / PER_ADDRESS))),
  );
  let said = 0;
  const say = () => {
    for (const { socket } of crowd) {
      if (socket.writable) socket.write(GREETING.subarray(said, said + 1));
    }
    said += 1;
  };
  for (const { socket } of crowd)
    socket.once('connect', () => socket.write(GREETING.subarray(0, 1)));
  const saying = setInterval(say, 1_000);
  let patience;
  const cuts = crowd.map(({ closed }) =>
    Promise.race([
      closed,
      new Promise((resolve) => {
        patience = setTimeout(resolve, PATIENCE_MS, Number.NaN);
        patience.unref();
      }),
    ]),
  );
  const cutAt = (await Promise.all(cuts)).filter((at) => !Number.isNaN(at));
  clearInterval(saying);
  for (const { socket } of crowd) socket.destroy();
  return { cut: cutAt.length, latestCutMs: Math.max(...cutAt) - startedAt };
}
