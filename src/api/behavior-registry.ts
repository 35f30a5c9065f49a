import { createBehaviors } from '../actors/behaviors.ts';

/** The behaviors of the process's default node. */
export const BehaviorRegistry = createBehaviors();
