import { describe, expect, it } from 'vitest';
import { batches } from '../../src/node/batches.ts';
import type { ControlMessage } from '../../src/wire/messages.ts';

const view: ControlMessage = { type: 'view', after: '', upTo: null, pull: false, entries: [] };
const ping = (nonce: number): ControlMessage => ({ type: 'ping', nonce });

describe('the messages of a turn', () => {
  it('travel in one record when they are small', () => {
    expect(batches([ping(1), ping(2), ping(3)])).toEqual([[ping(1), ping(2), ping(3)]]);
  });

  it('keep their order around lists of nodes, which travel alone', () => {
    expect(batches([ping(1), view, view, ping(2), ping(3)])).toEqual([
      [ping(1)],
      [view],
      [view],
      [ping(2), ping(3)],
    ]);
  });

  it('fill further records when they are many', () => {
    const many = Array.from({ length: 600 }, (_, nonce) => ping(nonce));
    expect(batches(many).map(({ length }) => length)).toEqual([256, 256, 88]);
  });
});
