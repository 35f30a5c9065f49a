// Strangers in a process of their own, at the lowest priority: what they do on this very machine
// must not take processor time from the nodes, as it would not from afar.
import { seededRandom } from '../../../dist/testing/index.js';
import { Flood } from './flood.mjs';
import { stepBack } from './priority.mjs';
import { slowLoris } from './slow-loris.mjs';

stepBack();
let flood = null;

/** How the number of a connection becomes the number of its address. */
const SOURCES = {
  'from 8 addresses': (n) => n % 8,
  'from 250 addresses': (n) => 1_000 + (n % 250),
  'each from a new address': (n) => 10_000 + n,
};

const commands = {
  slowLoris,
  startFlood(port, connections, source, seed) {
    flood = new Flood(port, connections, SOURCES[source], seededRandom(seed).fork(source));
  },
  endFlood: () => flood.end(),
};

process.on('message', async ({ command, args }) => {
  process.send({ value: await commands[command](...args) });
});
process.on('disconnect', () => process.exit(1));
