import type { Faults } from '../ports.ts';

/** Outside of a simulation nothing goes wrong on purpose. */
export const noFaults: Faults = { strikes: () => false };
