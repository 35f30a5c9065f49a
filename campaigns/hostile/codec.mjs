// Properties of the codec and the handshake that hold for every input, tried on very many.
import { seededRandom } from '../../dist/testing/index.js';
import { report } from '../support/report.mjs';
import { goal, losses } from './support/goals.mjs';
import { options } from './support/options.mjs';
import { acceptorOrders, handshakeFlips } from './support/properties-handshake.mjs';
import { recordFlips, roundTrips, splits } from './support/properties-wire.mjs';

const chosen = options({
  full: { values: 1_000_000, split: 10_000, flipped: 1_000, orders: 100_000 },
  short: { values: 10_000, split: 60, flipped: 20, orders: 1_000 },
});
const random = seededRandom(chosen.seed);

function timed(what, run) {
  const startedAt = performance.now();
  const found = run();
  notes.push(`${what}: ${((performance.now() - startedAt) / 1_000).toFixed(1)} s.`);
  return found;
}

const notes = [];
const changed = timed('round trips', () => roundTrips(random.fork('values'), chosen.values));
const split = timed('splits', () => splits(random.fork('splits'), chosen.split));
const flips = timed('flips of records', () => recordFlips(random.fork('records'), chosen.flipped));
const shaken = timed('flips of handshakes', () => handshakeFlips(random.fork('flips')));
const orders = timed('orders', () => acceptorOrders(random.fork('orders'), chosen.orders));
report({
  name: 'hostile-codec',
  title: 'The codec and the handshake on inputs of every kind',
  seeds: String(chosen.seed),
  rows: [
    losses(`of ${chosen.values} values, not the same after a round trip`, changed),
    losses(
      `of ${split.tried} ways to cut ${chosen.split} records in pieces, read differently`,
      split.wrong,
    ),
    losses(
      `of ${flips.tried} single-bit flips of ${chosen.flipped} records, accepted`,
      flips.wrong,
    ),
    losses(
      `of ${shaken.tried} single-bit flips of the four handshake messages, accepted`,
      shaken.wrong,
    ),
    losses(
      `of ${chosen.orders} orders of messages, answered otherwise than the model`,
      orders.wrong,
    ),
    goal('of those, completed', 'some', orders.completed, orders.completed > 0),
  ],
  notes,
});
