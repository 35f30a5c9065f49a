/** The hostile campaigns in their short forms; `npm run hostile:<name>` runs the full ones. */
import { test } from 'vitest';
import { expectGoals } from '../support/campaign.ts';

const SEED = process.env.HOSTILE_SEED ?? '1';

test.each([
  ['malformed frames and noise hurt nobody', 'frames'],
  ['hostile bodies under valid signatures end their own session, or nothing', 'insider'],
  ['members stay and newcomers get in, however many strangers there are', 'load'],
  ['nothing that was recorded opens a session', 'replay'],
  ['codec and handshake hold for inputs of every kind', 'codec'],
])('%s', async (_, name) => {
  await expectGoals(`hostile/${name}.mjs`, ['--short', '--seed', SEED]);
});
