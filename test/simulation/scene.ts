/** What those who watch share: the plan, what was done, what was said, and what was broken. */
import type { Dials } from './dials.ts';
import type { Graves } from './graves.ts';
import type { Member } from './member.ts';
import type { Plan } from './plan.ts';
import { node, pair, type Troubles } from './troubles.ts';
import type { Watch } from './watch.ts';

/** A promise that was broken. */
export interface Breach {
  readonly rule: string;
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
}

export interface Scene {
  readonly plan: Plan;
  readonly troubles: Troubles;
  readonly members: readonly Member[];
  readonly dials: Dials;
  readonly graves: Graves;
  now(): number;
  /** Of the present process; undefined when there is none. */
  watchOf(index: number): Watch | undefined;
  /** Whether the two were told to part, and nobody has connected them again. */
  isHung(a: number, b: number): boolean;
  /** A user of the first wants it to be connected with the second. */
  reunited(a: number, b: number): void;
  note(member: Member | null, rule: string, what: string): void;
}

/** Whether anything was done to one of the two or between them, in that time. */
export function areTroubled(
  { troubles }: Scene,
  a: number,
  b: number,
  fromMs: number,
  toMs: number,
): boolean {
  return [node(a), node(b), pair(a, b)].some((whom) => troubles.touched(whom, fromMs, toMs));
}
