// Lives through the days of the seeds it is given, one after the other.
import { liveThrough } from './day.mjs';

process.on('message', async ({ seed, hours }) => {
  try {
    process.send({ seed, day: await liveThrough(seed, hours) });
  } catch (error) {
    process.send({ seed, failure: String(error?.stack ?? error) });
  }
});
process.on('disconnect', () => process.exit());
