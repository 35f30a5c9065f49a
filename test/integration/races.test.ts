import { test } from 'vitest';
import { expectGoals } from '../support/campaign.ts';

test('200 times two nodes dial each other at once, and one session is left', async () => {
  await expectGoals('races/run.mjs', ['--count', '200']);
});
