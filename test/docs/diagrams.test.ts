import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createMachine, setup } from 'xstate';
import { chartsPage, drawing, PAGE_PATH } from '../../scripts/diagrams.ts';

it('docs/state-charts.md shows the charts as they are', () => {
  const advice = 'docs/state-charts.md is stale: run `npm run docs:charts` and commit the result';
  expect(readFileSync(PAGE_PATH, 'utf8'), advice).toBe(chartsPage());
});

describe('the drawing of a chart', () => {
  it('nests states, and labels arrows with event, guard and delay', () => {
    const machine = setup({
      guards: { isReady: () => true },
      delays: { patience: 10 },
      actions: { note: () => {} },
    }).createMachine({
      id: 'lamp',
      initial: 'off',
      states: {
        off: { on: { press: [{ guard: 'isReady', target: 'on.dim' }, { actions: 'note' }] } },
        on: {
          initial: 'bright',
          on: { press: 'off', reset: '.dim' },
          after: { patience: 'off' },
          states: { dim: { always: { guard: 'isReady', target: 'bright' } }, bright: {} },
        },
      },
    });
    expect(drawing(machine)).toEqual([
      'stateDiagram-v2',
      '  [*] --> off',
      '  state "off" as off',
      '  state "on" as on {',
      '    [*] --> on_bright',
      '    state "dim" as on_dim',
      '    state "bright" as on_bright',
      '  }',
      '  off --> on_dim : press [isReady]',
      '  on --> off : press / after patience',
      '  on_dim --> on_dim : reset',
      '  on_bright --> on_dim : reset',
      '  on_dim --> on_bright : always [isReady]',
    ]);
  });

  it('refuses a guard that has no name to show', () => {
    const machine = createMachine({
      initial: 'off',
      states: { off: { on: { press: { guard: () => true, target: 'on' } } }, on: {} },
    });
    expect(() => drawing(machine)).toThrow('name it in setup()');
  });
});
