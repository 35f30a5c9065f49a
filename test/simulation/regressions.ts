/** Seeds that broke a promise once. They stay even when later draws have made something else of them. */
export interface Regression {
  readonly seed: number;
  readonly nodes?: number | undefined;
  /** What went wrong in the program. */
  readonly what: string;
}

export const REGRESSIONS: readonly Regression[] = [
  { seed: 43, nodes: 3, what: 'a deadline that rounds to this very moment made the sweep spin' },
  { seed: 62, what: 'a probe that had to wait for its turn dialled a node that had left' },
  { seed: 456, what: 'of two nodes forgotten at once, one was dialled in the place of the other' },
  {
    seed: 6,
    what: 'a new life met by an own dial took the place of the former, and nobody was told',
  },
  {
    seed: 45,
    what: 'a dial gave its place to the next before it was over, so there was one too many',
  },
  { seed: 10, what: 'a new life that met the other side by two crossing dials was let in twice' },
  { seed: 288, what: 'a link was renewed with a life that was dialling at the same moment' },
  {
    seed: 931,
    what: 'what a peer said of a link that was renewed without a greeting went unheard',
  },
  { seed: 759, what: 'a node that was stopping dialled once more after a refusal as stale' },
  { seed: 33, what: 'secrets changed during a handshake, and its session was named after another' },
  { seed: 81, what: 'a witness answered over a link that another one had replaced' },
  { seed: 26, what: 'the end of an actor was lost with a link, and its name stayed for ever' },
];
