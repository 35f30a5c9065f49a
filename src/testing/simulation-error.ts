import { ClusterError } from '../errors.ts';

export type SimulationReason =
  | 'invalid_argument'
  | 'unknown_node'
  | 'no_process'
  | 'busy'
  | 'not_in_time'
  | 'observer_failed'
  | 'clock_stuck'
  | 'leftovers';

const HINTS: Record<SimulationReason, string> = {
  invalid_argument: 'Correct what the message names.',
  unknown_node: 'Name one of the nodes that createSimulation was given.',
  no_process: 'The node was never started, or it was killed: start it first.',
  busy: 'Await the advance that is under way; inside of an event time cannot be moved.',
  not_in_time: 'Compare the limit with the silence limit and the reconnect delays, read the trace.',
  observer_failed: 'A callback of yours threw: its error is the cause.',
  clock_stuck: 'Something sets itself for this very moment again and again: look for a delay of 0.',
  leftovers: 'Clear timers and close what a service opened before its node is stopped.',
};

/** What a simulation could not do, or found wrong. */
export class SimulationError extends ClusterError {
  readonly code = 'SIMULATION_FAILED';
  readonly hint: string;
  readonly reason: SimulationReason;

  constructor(reason: SimulationReason, detail: string, options?: { readonly cause?: unknown }) {
    super(detail, options);
    this.reason = reason;
    this.hint = HINTS[reason];
  }
}
