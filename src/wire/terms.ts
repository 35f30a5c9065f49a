/** What two nodes can agree on: version, suite and features. */
import type { Challenge, Hello } from './greeting.ts';
import type { HandshakeFailure } from './refusal.ts';

/** The oldest and the newest version of the wire that this release speaks. */
const WIRE = { min: 1, max: 1 } as const;

/** Bits of the suites on offer; no bit means plaintext, which exists only without a secret. */
export const SUITE = { plaintext: 0, hmac: 1 } as const;

export interface Terms {
  readonly wire: number;
  readonly suite: number;
  readonly features: number;
}

export interface TermsConfig {
  /** Stretched secrets; the first signs, all are accepted. Empty: no secret. */
  readonly psks: readonly Uint8Array[];
  readonly features: number;
  readonly wireMin?: number | undefined;
  readonly wireMax?: number | undefined;
}

type Offer = Pick<Hello, 'wireMin' | 'wireMax' | 'suites' | 'features'>;

export function offer(config: TermsConfig): Offer {
  const { wireMin = WIRE.min, wireMax = WIRE.max, features } = config;
  return { wireMin, wireMax, suites: wantedSuite(config), features };
}

/** The newest version both speak. */
export function commonWire(
  config: TermsConfig,
  theirs: Pick<Offer, 'wireMin' | 'wireMax'>,
): number | null {
  const ours = offer(config);
  const newest = Math.min(ours.wireMax, theirs.wireMax);
  return newest >= Math.max(ours.wireMin, theirs.wireMin) ? newest : null;
}

/** The acceptor's choice among what the dialer offers. */
export function choose(
  config: TermsConfig,
  hello: Offer,
):
  | { readonly ok: true; readonly terms: Terms }
  | { readonly ok: false; failure: HandshakeFailure } {
  const wire = commonWire(config, hello);
  if (wire === null) return { ok: false, failure: 'version' };
  const suite = wantedSuite(config);
  const hasSecret = hello.suites !== SUITE.plaintext;
  if (hasSecret !== (suite !== SUITE.plaintext)) return { ok: false, failure: 'auth' };
  // A dialer with a secret that offers only suites of a later release.
  if ((hello.suites & suite) !== suite) return { ok: false, failure: 'version' };
  return { ok: true, terms: { wire, suite, features: common(config.features, hello.features) } };
}

/** What is wrong with the acceptor's choice, as the dialer sees it. */
export function faultOf(
  config: TermsConfig,
  chosen: Pick<Challenge, 'wire' | 'suite' | 'features'>,
): HandshakeFailure | null {
  const { wireMin, wireMax, features } = offer(config);
  if (chosen.wire < wireMin || chosen.wire > wireMax) return 'version';
  if (chosen.suite !== wantedSuite(config)) return 'auth';
  return common(chosen.features, features) === chosen.features ? null : 'protocol';
}

function wantedSuite({ psks }: TermsConfig): number {
  return psks.length > 0 ? SUITE.hmac : SUITE.plaintext;
}

function common(a: number, b: number): number {
  return (a & b) >>> 0;
}
