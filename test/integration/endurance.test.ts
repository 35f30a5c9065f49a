import { test } from 'vitest';
import { expectGoals } from '../support/campaign.ts';

test('500 sessions are made and broken, and nothing is left of them', async () => {
  await expectGoals('endurance/cycles.mjs', ['--count', '500', '--every', '100']);
});

test('20,000 asks leave nothing behind, neither where they are asked nor where they are answered', async () => {
  await expectGoals('endurance/asks.mjs', ['--count', '20000', '--every', '10000']);
});

test('a few virtual hours with faults leave nodes that hold no more than before', async () => {
  await expectGoals('endurance/virtual.mjs', ['--seeds', '1..1', '--hours', '3']);
});
