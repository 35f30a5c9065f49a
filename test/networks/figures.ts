/** Goals that a test checks and that `npm run networks` makes a table of. */
import { appendFileSync } from 'node:fs';
import { expect, type TestOptions, test } from 'vitest';

/** The full form of a test, which `npm run networks` asks for, takes minutes. */
export const isFull = process.env.CHARTMESH_NETWORKS === 'full';

/** How often or how long, in the gate and by command. */
export function inForm<T>(short: T, full: T): T {
  return isFull ? full : short;
}

/** What `npm test` has no time for: `npm run networks` runs it, and so does the gate, on its own. */
export function fullTest(name: string, options: TestOptions, work: () => Promise<void>): void {
  if (isFull) test(`${name} (full form)`, options, work);
}

function write(line: object): void {
  const file = process.env.CHARTMESH_FIGURES;
  if (file) appendFileSync(file, `${JSON.stringify(line)}\n`);
}

/** What a reader of the table must know. */
export function remark(text: string): void {
  console.log(text);
  write({ remark: text });
}

/** A missed goal is noted first: the table is to show it. */
export function note(what: string, goal: string, measured: string, ok: boolean): void {
  write({ what, goal, measured, ok });
  expect(ok, `${what}: ${goal}, measured ${measured}`).toBe(true);
}

export function atMost(what: string, limit: number, value: number, unit = 'ms'): void {
  note(what, `at most ${limit} ${unit}`, `${shown(value)} ${unit}`, value <= limit);
}

/** All of the values lie between the two. */
export function within(
  what: string,
  [least, most]: readonly [number, number],
  values: readonly number[],
  unit = 'ms',
): void {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const range = low === high ? shown(low) : `${shown(low)} to ${shown(high)}`;
  note(what, `${least} to ${most} ${unit}`, `${range} ${unit}`, low >= least && high <= most);
}

export function exactly(what: string, wanted: number, value: number): void {
  note(what, wanted === 0 ? 'none' : `${wanted}`, `${value}`, value === wanted);
}

/** The value that all but a hundredth of them do not exceed. */
export function p99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
}

function shown(value: number): string {
  return `${Math.round(value * 10) / 10}`;
}
