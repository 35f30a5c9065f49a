import type { KeySchedule } from './keys.ts';
import { SUITE, type Terms } from './terms.ts';

export interface SessionKeys {
  /** Null without a secret: records then carry no tag. */
  readonly send: Uint8Array | null;
  readonly receive: Uint8Array | null;
  /** Which of this side's secrets proved it; -1 without one. */
  readonly keyIndex: number;
  readonly features: number;
  readonly wire: number;
}

export function sessionKeys(
  role: 'dialer' | 'acceptor',
  schedule: KeySchedule,
  { suite, features, wire }: Terms,
  keyIndex: number,
): SessionKeys {
  if (suite === SUITE.plaintext) return { send: null, receive: null, keyIndex, features, wire };
  const [sendUse, receiveUse] =
    role === 'dialer' ? (['d2a', 'a2d'] as const) : (['a2d', 'd2a'] as const);
  const send = schedule.key(sendUse);
  return { send, receive: schedule.key(receiveUse), keyIndex, features, wire };
}
