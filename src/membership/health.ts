/**
 * How far this node may trust its own senses: 0 is healthy, 8 is worst. After "Lifeguard: local
 * health awareness for more accurate failure detection" (Dadgar, Phillips, Currey).
 */

const MAX_HEALTH_SCORE = 8;

export interface Health {
  readonly score: number;
  /** Whether anything spoke against this node in the present interval. */
  readonly isTroubled: boolean;
  /** Peers that fell silent in the present interval. */
  readonly silent: number;
}

export const HEALTHY: Health = { score: 0, isTroubled: false, silent: 0 };

/** A timer was late, or this node had to refute its own death. */
export function troubled(health: Health): Health {
  const score = Math.min(MAX_HEALTH_SCORE, health.score + 1);
  return { ...health, score, isTroubled: true };
}

/**
 * One more peer fell silent. When more than half of them do in one interval, and at least two,
 * it is likelier that this node has gone deaf; that counts once.
 */
export function fellSilent(health: Health, peers: number): Health {
  const silent = health.silent + 1;
  const isMost = silent >= 2 && silent > peers / 2;
  const wasMost = health.silent >= 2 && health.silent > peers / 2;
  return isMost && !wasMost ? { ...troubled(health), silent } : { ...health, silent };
}

/** A heartbeat interval is over; a clean one takes a point back. */
export function intervalPassed({ score, isTroubled }: Health): Health {
  return { score: isTroubled ? score : Math.max(0, score - 1), isTroubled: false, silent: 0 };
}
