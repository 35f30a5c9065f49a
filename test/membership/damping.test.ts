import { describe, expect, it } from 'vitest';
import { type Flapping, flapped, isSteady, STEADY } from '../../src/membership/damping.ts';

/** Ups and downs in turn, every so often; the holds of the ups. */
function holds(transitions: number, everyMs: number): number[] {
  let state: Flapping = STEADY;
  const ups: number[] = [];
  for (let index = 0; index < transitions; index += 1) {
    const isUp = index % 2 === 0;
    state = flapped(state, index * everyMs, isUp);
    if (isUp) ups.push(state.holdMs);
  }
  return ups;
}

describe('a node that comes and goes', () => {
  it('is announced at once five times a minute, then ever later, up to a minute', () => {
    expect(holds(22, 1_000)).toEqual([
      0, 0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ]);
  });

  it('is never held when it does so slowly', () => {
    expect(holds(40, 12_001).every((holdMs) => holdMs === 0)).toBe(true);
  });

  it('is forgiven after a quiet minute', () => {
    let state = STEADY;
    for (let at = 0; at < 10; at += 1) state = flapped(state, at, at % 2 === 0);
    expect(isSteady(state, 59_000)).toBe(false);
    expect(isSteady(state, 60_009)).toBe(true);
    expect(flapped(state, 60_009, true).holdMs).toBe(0);
  });

  it('is remembered by a few numbers however much it flaps', () => {
    let state = STEADY;
    for (let at = 0; at < 1_000; at += 1) state = flapped(state, at, at % 2 === 0);
    expect(state.at).toHaveLength(6);
  });
});
