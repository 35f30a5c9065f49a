/**
 * What a subscriber throws, RxJS throws again by a real timer, where no simulation could catch
 * it. This hands it over at once instead; RxJS's own tests of virtual time use the same door.
 */
import { timeoutProvider } from 'rxjs/internal/scheduler/timeoutProvider';

/** Only while it runs, and it must not wait: others in the process use the same RxJS. */
export function catchingSubscribers<T>(failed: (error: unknown) => void, run: () => T): T {
  const { delegate } = timeoutProvider;
  timeoutProvider.delegate = {
    // It throws, or calls `config.onUnhandledError` where somebody has set that.
    setTimeout: (report) => {
      try {
        report();
      } catch (error) {
        failed(error);
      }
      return 0;
    },
    clearTimeout: () => {},
  };
  try {
    return run();
  } finally {
    timeoutProvider.delegate = delegate;
  }
}
