import { test } from 'vitest';
import { expectGoals } from '../support/campaign.ts';

test('500 sessions are made and broken, and nothing is left of them', async () => {
  await expectGoals('endurance/cycles.mjs', ['--count', '500', '--every', '100']);
});

test('a few virtual hours with faults leave nodes that hold no more than before', async () => {
  await expectGoals('endurance/virtual.mjs', ['--seeds', '1..1', '--hours', '3']);
});
