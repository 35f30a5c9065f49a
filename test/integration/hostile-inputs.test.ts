/** The hostile campaigns that time nothing, in short; `npm run hostile:<name>` runs them in full. */
import { test } from 'vitest';
import { expectGoals } from '../support/campaign.ts';

const SEED = process.env.HOSTILE_SEED ?? '1';

test.each([
  ['nothing that was recorded opens a session', 'replay'],
  ['codec and handshake hold for inputs of every kind', 'codec'],
])('%s', async (_, name) => {
  await expectGoals(`hostile/${name}.mjs`, ['--short', '--seed', SEED]);
});
