import type { KeySchedule } from './keys.ts';
import { SUITE, type Terms } from './terms.ts';

export interface SessionKeys {
  /** Null without a secret: records then carry no tag. */
  readonly send: Uint8Array | null;
  readonly receive: Uint8Array | null;
  /** The stretched secret that proved it; null without one. */
  readonly psk: Uint8Array | null;
  readonly features: number;
  readonly wire: number;
}

export function sessionKeys(
  role: 'dialer' | 'acceptor',
  schedule: KeySchedule,
  { suite, features, wire }: Terms,
  psk: Uint8Array | null,
): SessionKeys {
  if (suite === SUITE.plaintext) return { send: null, receive: null, psk, features, wire };
  const [sendUse, receiveUse] =
    role === 'dialer' ? (['d2a', 'a2d'] as const) : (['a2d', 'd2a'] as const);
  const send = schedule.key(sendUse);
  return { send, receive: schedule.key(receiveUse), psk, features, wire };
}
