/** The hostile campaigns that time something, in short; `npm run hostile:<name>` runs them in full. */
import { test } from 'vitest';
import { expectGoals } from '../support/campaign.ts';

const SEED = process.env.HOSTILE_SEED ?? '1';

test.each([
  ['malformed frames and noise hurt nobody', 'frames'],
  ['hostile bodies under valid signatures end their own session, or nothing', 'insider'],
  ['members stay and newcomers get in, however many strangers there are', 'load'],
])('%s', async (_, name) => {
  await expectGoals(`hostile/${name}.mjs`, ['--short', '--seed', SEED]);
});
