import { Subject } from 'rxjs';
import { timeoutProvider } from 'rxjs/internal/scheduler/timeoutProvider';
import { describe, expect, it } from 'vitest';
import { catchingSubscribers } from '../../src/api/subscriber-errors.ts';

const cause = new Error('expected something else');

const fail = () => {
  throw cause;
};

describe('what a subscriber throws', () => {
  it('is handed over before the next line runs, and what the rest returns is returned', () => {
    const seen: unknown[] = [];
    const subject = new Subject<void>();
    subject.subscribe(fail);
    const result = catchingSubscribers(
      (error) => seen.push(error),
      () => {
        subject.next();
        return seen.length;
      },
    );
    expect(result).toBe(1);
    expect(seen).toEqual([cause]);
  });

  it('is left to RxJS again afterwards, even when the rest throws', () => {
    const before = timeoutProvider.delegate;
    expect(() => catchingSubscribers(() => {}, fail)).toThrow(cause);
    expect(timeoutProvider.delegate).toBe(before);
  });
});
