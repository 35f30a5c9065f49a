import { test } from 'vitest';
import { expectGoals } from '../support/campaign.ts';

test('five nodes leave or are killed one after the other, and come back unnoticed by the rest', async () => {
  await expectGoals('rolling/run.mjs', ['--rounds', '1', '--plans', 'first-mixed']);
});

test('five processes change their secret under load, without a failed request', async () => {
  await expectGoals('rotation/run.mjs', ['--nodes', '5', '--grace-ms', '1000']);
});
