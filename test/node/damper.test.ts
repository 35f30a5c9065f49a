import { describe, expect, it } from 'vitest';
import { NodeId } from '../../src/membership/node-id.ts';
import { Damper } from '../../src/node/damper.ts';
import { TestClock } from '../../src/testing/clock.ts';

const B = NodeId.parse('b@10.0.0.2:4369');

function damper(isOn = true) {
  const clock = new TestClock();
  const told: string[] = [];
  const all = new Damper(isOn, clock, {
    up: () => told.push('up'),
    down: (_, reason) => told.push(reason),
    held: (_, holdMs) => told.push(`held ${holdMs}`),
  });
  const flap = (count: number) => {
    for (let index = 0; index < count; index += 1) {
      all.up(B);
      all.down(B, 'connection_closed');
    }
    told.length = 0;
  };
  return { clock, told, all, flap };
}

describe('the damper', () => {
  it('lets normal life through', () => {
    const { all, told } = damper();
    all.up(B);
    all.down(B, 'graceful_shutdown');
    expect(told).toEqual(['up', 'graceful_shutdown']);
  });

  it('holds the up of a flapping node, and tells it if the node lasts', () => {
    const { all, told, clock, flap } = damper();
    flap(3);
    all.up(B);
    expect(told).toEqual(['held 1000']);
    clock.advance(999);
    expect(told).toEqual(['held 1000']);
    clock.advance(1);
    expect(told).toEqual(['held 1000', 'up']);
    all.down(B, 'heartbeat_timeout');
    expect(told.at(-1)).toBe('heartbeat_timeout');
  });

  it('tells nothing of an up that did not last', () => {
    const { all, told, clock, flap } = damper();
    flap(3);
    all.up(B);
    all.down(B, 'connection_closed');
    clock.advance(120_000);
    expect(told).toEqual(['held 1000']);
  });

  it('can be switched off', () => {
    const { all, told, flap } = damper(false);
    flap(20);
    all.up(B);
    expect(told).toEqual(['up']);
  });

  it('forgets a flapping node after a quiet minute', () => {
    const { all, told, clock, flap } = damper();
    flap(6);
    clock.advance(60_000);
    all.sweep();
    all.up(B);
    expect(told).toEqual(['up']);
  });

  it('leaves no timer behind', () => {
    const { all, clock, flap } = damper();
    flap(3);
    all.up(B);
    all.stop();
    expect(clock.pending).toBe(0);
  });
});
