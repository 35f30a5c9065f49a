import { test } from 'vitest';
import { expectGoals } from '../support/campaign.ts';

test('12 processes mesh, stay small and quiet, and notice that one is killed', async () => {
  await expectGoals('scale/run.mjs', ['--nodes', '12', '--idle-seconds', '1']);
});
