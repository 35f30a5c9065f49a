import { describe, expect, it } from 'vitest';
import { DialSlots } from '../../src/node/dial-slots.ts';

function slots(max: number) {
  const all = new DialSlots(() => max);
  const went: string[] = [];
  const take = (name: string) => all.take(() => went.push(name));
  return { all, went, take };
}

describe('dial slots', () => {
  it('let so many go at once, the others in their order', () => {
    const { went, take } = slots(2);
    const [a, b] = [take('a'), take('b')];
    take('c');
    take('d');
    expect(went).toEqual(['a', 'b']);
    a();
    expect(went).toEqual(['a', 'b', 'c']);
    b();
    expect(went).toEqual(['a', 'b', 'c', 'd']);
  });

  it('take a place back once', () => {
    const { went, take } = slots(1);
    const a = take('a');
    take('b');
    take('c');
    a();
    a();
    expect(went).toEqual(['a', 'b']);
  });

  it('let somebody give up waiting', () => {
    const { went, take } = slots(1);
    const a = take('a');
    const b = take('b');
    take('c');
    b();
    a();
    expect(went).toEqual(['a', 'c']);
  });

  it('hand on the place of somebody who had to wait for it', () => {
    const { went, take } = slots(1);
    const a = take('a');
    const b = take('b');
    a();
    take('c');
    b();
    expect(went).toEqual(['a', 'b', 'c']);
  });

  it('survive a dial that is over before it has begun', () => {
    const { all, went, take } = slots(1);
    const a = take('a');
    // Gives its place up within its own turn, as a dial to the own address does.
    const give: (() => void)[] = [];
    give.push(
      all.take(() => {
        went.push('b');
        for (const back of give) back();
      }),
    );
    take('c');
    a();
    expect(went).toEqual(['a', 'b', 'c']);
  });

  it('hand no place on while there are fewer, and several once there are more', () => {
    let max = 2;
    const all = new DialSlots(() => max);
    const went: string[] = [];
    const take = (name: string) => all.take(() => went.push(name));
    const [a, b] = [take('a'), take('b')];
    for (const name of ['c', 'd', 'e']) take(name);
    max = 1;
    a();
    expect(went).toEqual(['a', 'b']);
    max = 2;
    b();
    expect(went).toEqual(['a', 'b', 'c', 'd']);
  });

  it('hand a place on through thousands who do not want it any more', () => {
    const { all, went, take } = slots(1);
    const first = take('first');
    for (let count = 0; count < 20_000; count += 1) all.take((giveBack) => giveBack());
    take('last');
    first();
    expect(went).toEqual(['first', 'last']);
  });

  it('go on after a dial that could not even begin', () => {
    const { all, went, take } = slots(1);
    expect(() =>
      all.take(() => {
        throw new Error('no network');
      }),
    ).toThrow('no network');
    take('a');
    expect(went).toEqual(['a']);
  });
});
