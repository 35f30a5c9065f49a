export interface Move {
  readonly from: string;
  readonly event: string;
  /** The state it leads to, or null when the event is ignored. */
  readonly to: string | null;
}

/** Reads a table with states as columns and events as rows; a dot says that nothing happens. */
export function eventTable(text: string): Move[] {
  const [states = [], ...rows] = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return rows.flatMap(([event = '', ...cells]) => {
    if (cells.length !== states.length) throw new Error(`the row of ${event} is not complete`);
    return states.map((from, column) => {
      const cell = cells[column] ?? '.';
      return { from, event, to: cell === '.' ? null : cell };
    });
  });
}

/** `{ connected: 'alive' }` is `alive`: the names of the leaves are unique in each chart. */
export function leafOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.values(value).map(leafOf).join('+');
}
