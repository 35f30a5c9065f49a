import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TestClock } from '../../src/testing/clock.ts';

/** A clock and a diary of what ran when. */
function diary() {
  const clock = new TestClock({ startWallMs: 1_000_000 });
  const seen: string[] = [];
  const note = (what: string) => () => seen.push(`${what}@${clock.now()}`);
  return { clock, seen, note };
}

describe('the test clock', () => {
  it('steps from deadline to deadline, so that a timer set by a timer is on time', () => {
    const { clock, seen, note } = diary();
    clock.setTimeout(() => clock.setTimeout(note('second'), 10), 10);
    clock.setTimeout(note('later'), 25);
    clock.advance(30);
    expect(seen).toEqual(['second@20', 'later@25']);
    expect(clock.now()).toBe(30);
    expect(clock.pending).toBe(0);
  });

  it('takes a delay that makes no sense for 1 ms, as real timers do', () => {
    const { clock, seen, note } = diary();
    const node = clock.node();
    for (const target of [clock, node]) {
      Reflect.apply(target.setTimeout, target, [note('missing')]);
      target.setTimeout(note('no number'), Number.NaN);
      target.setTimeout(note('negative'), -5);
      target.setTimeout(note('none'), 0);
    }
    clock.setTimeout(note('two'), 2);
    clock.advance(2);
    const late = ['missing@1', 'no number@1', 'negative@1'];
    expect(seen).toEqual(['none@0', 'none@0', ...late, ...late, 'two@2']);
  });

  it('fires in the order of time, then of setting, for any set of timers', () => {
    const timers = fc.array(fc.record({ at: fc.nat(20), cancelled: fc.boolean() }), {
      size: 'max',
      maxLength: 3_000,
    });
    fc.assert(
      fc.property(timers, (plan) => {
        const clock = new TestClock();
        const fired: number[] = [];
        const handles = plan.map(({ at }, i) => clock.setTimeout(() => fired.push(i), at));
        plan.forEach(({ cancelled }, i) => {
          if (cancelled) clock.clearTimeout(handles[i]);
        });
        const kept = plan.map((timer, i) => ({ ...timer, i })).filter((t) => !t.cancelled);
        expect(clock.pending).toBe(kept.length);
        clock.advance(20);
        expect(fired).toEqual(kept.sort((a, b) => a.at - b.at || a.i - b.i).map(({ i }) => i));
      }),
      { numRuns: 20 },
    );
  });

  it('keeps the order when thousands of timers are cancelled', () => {
    const { clock, seen, note } = diary();
    for (let i = 0; i < 100; i += 1) clock.setTimeout(note(`${i}`), 100 - i);
    for (let i = 0; i < 5_000; i += 1) clock.clearTimeout(clock.setTimeout(note('never'), 1));
    clock.advance(100);
    expect(seen.slice(0, 3)).toEqual(['99@1', '98@2', '97@3']);
    expect(seen.length).toBe(100);
  });

  it('ends each turn before the next event, and a turn begun outside when settled', () => {
    const { clock, seen, note } = diary();
    clock.setTimeout(() => {
      clock.endOfTurn(() => {
        note('end')();
        clock.endOfTurn(note('end of end'));
      });
      note('one')();
    }, 5);
    clock.setTimeout(note('two'), 5);
    clock.endOfTurn(note('outside'));
    clock.settle();
    clock.advance(5);
    expect(seen).toEqual(['outside@0', 'one@5', 'end@5', 'end of end@5', 'two@5']);
  });

  it('ends no turn within it, even when asked to', () => {
    const { clock, seen, note } = diary();
    clock.setTimeout(() => {
      clock.endOfTurn(note('end'));
      clock.settle();
      note('rest of the event')();
    }, 5);
    clock.advance(5);
    expect(seen).toEqual(['rest of the event@5', 'end@5']);
  });

  it('runs what waits for the poll after all that is due', () => {
    const { clock, seen, note } = diary();
    const node = clock.node();
    node.setTimeout(() => node.afterPoll(note('judged')), 5);
    node.deliver(note('read'), 5);
    node.setTimeout(note('timer'), 5);
    clock.advance(5);
    expect(seen).toEqual(['read@5', 'timer@5', 'judged@5']);
  });

  it('says whether anything was left to run', () => {
    const { clock, seen, note } = diary();
    clock.setTimeout(note('only'), 7);
    expect([clock.runNext(), clock.runNext()]).toEqual([true, false]);
    expect(seen).toEqual(['only@7']);
  });

  it('has a date that can jump without the time noticing', () => {
    const { clock } = diary();
    const node = clock.node(500);
    clock.advance(10);
    node.jumpWall(-300);
    clock.jumpWall(1_000);
    expect([clock.wallNow(), node.wallNow(), node.now()]).toEqual([1_001_010, 1_001_210, 10]);
  });
});

describe('the view of a node', () => {
  it('runs nothing while frozen, then the late timers before what it reads', () => {
    const { clock, seen, note } = diary();
    const node = clock.node();
    node.deliver(note('read'), 1);
    node.setTimeout(() => {
      note('tick')();
      node.afterPoll(note('judged'));
    }, 2);
    node.setTimeout(note('tock'), 3);
    clock.setTimeout(note('other'), 3);
    node.endOfTurn(note('turn'));
    node.freeze();
    clock.advance(10);
    expect(seen).toEqual(['other@3']);
    expect(node.pending).toBe(2);
    node.thaw();
    clock.advance(0);
    expect(seen.slice(1)).toEqual(['turn@10', 'tick@10', 'tock@10', 'read@10', 'judged@10']);
    expect(node.pending).toBe(0);
  });

  it('does not fire what was cleared while it was frozen', () => {
    const { clock, seen, note } = diary();
    const node = clock.node();
    const timer = node.setTimeout(note('late'), 1);
    node.freeze();
    clock.advance(5);
    node.clearTimeout(timer);
    node.thaw();
    clock.advance(5);
    expect(seen).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('is silent for good once stopped', () => {
    const { clock, seen, note } = diary();
    const node = clock.node();
    node.setTimeout(note('timer'), 1);
    node.deliver(note('read'), 1);
    node.endOfTurn(note('turn'));
    node.stop();
    node.setTimeout(note('timer of the dead'), 1);
    node.endOfTurn(note('turn of the dead'));
    node.thaw();
    clock.advance(5);
    expect(seen).toEqual([]);
    expect([node.pending, clock.pending]).toEqual([0, 0]);
  });
});

it('lets a node read all that is there before what waits for the poll', () => {
  const clock = new TestClock();
  const node = clock.node();
  const order: string[] = [];
  node.deliver(() => {
    order.push('half of it');
    node.deliver(() => order.push('the rest'), -5);
  }, 10);
  node.setTimeout(() => node.afterPoll(() => order.push('the verdict')), 10);
  node.freeze();
  clock.advance(100);
  node.thaw();
  clock.advance(0);
  expect(order).toEqual(['half of it', 'the rest', 'the verdict']);
});
