import { posix } from 'node:path';
import { partOf } from './layers.ts';
import { bareCode, lineOf } from './source-text.ts';

const MAX_LINES = 400;

interface Habit {
  readonly pattern: RegExp;
  readonly advice: string;
  /** The parts of the tree that may. */
  readonly allowedIn?: readonly string[];
}

const CLOCK = 'take it from the Clock that is passed in (ports.ts), so that a virtual clock works';
const ADAPTERS = ['system', 'transport'];

const HABITS: readonly Habit[] = [
  ...[
    /\bDate\.now\b/g,
    /\bnew Date\(\s*\)/g,
    /\bperformance\.now\b/g,
    /\bprocess\.(?:nextTick|hrtime)\b/g,
    /(?<![.\w$])(?:setInterval|setImmediate|queueMicrotask)\b/g,
    /\bglobalThis\.(?:set|clear)(?:Timeout|Interval|Immediate)\b/g,
  ].map((pattern) => ({ pattern, advice: CLOCK, allowedIn: ADAPTERS })),
  {
    pattern: /\bMath\.random\b|\brandom(?:Bytes|UUID|Int|Fill|FillSync)\b|\bgetRandomValues\b/g,
    advice: 'take it from the Random that is passed in (ports.ts), so that a run can be repeated',
    allowedIn: ADAPTERS,
  },
  {
    pattern: /\bconsole\./g,
    advice: 'report an event or use the Logger that is passed in: a library does not print',
    allowedIn: ADAPTERS,
  },
  { pattern: /\bexport\s+default\b/g, advice: 'export it by name' },
  { pattern: /(?<![.\w$])enum\s+[\w$]+\s*\{/g, advice: 'use a union of string literals' },
  {
    pattern: /(?<![.\w$])any\b(?!\s*[(:])/g,
    advice: 'name the type, or take `unknown` and narrow it',
  },
  {
    pattern: /\bas\s+unknown\s+as\b/g,
    advice: 'narrow with a check, or fix the type at its source',
  },
];

export interface Finding {
  readonly line: number;
  readonly text: string;
}

/** What is wrong with the text of one file. */
export function habitProblems(path: string, text: string): readonly Finding[] {
  const bare = bareCode(text);
  const part = partOf(path);
  const found: Finding[] = [];
  const add = (index: number, what: string, advice: string) =>
    found.push({ line: lineOf(text, index), text: `\`${what}\`: ${advice}` });

  for (const { pattern, advice, allowedIn } of HABITS) {
    if (allowedIn?.includes(part)) continue;
    for (const match of bare.matchAll(pattern)) add(match.index, match[0].trim(), advice);
  }
  if (!ADAPTERS.includes(part)) {
    for (const index of bareTimeouts(bare)) add(index, 'setTimeout(', CLOCK);
  }
  return found;
}

/** Calls of the global; a method of that name (`setTimeout(fire, delayMs): Timer`) is no call. */
function bareTimeouts(bare: string): readonly number[] {
  const calls = bare.matchAll(/(?<![.\w$])setTimeout\s*\(/g);
  return Array.from(calls, (match) => ({
    index: match.index,
    after: match.index + match[0].length,
  }))
    .filter(({ after }) => !/^\s*[:{]/.test(bare.slice(closingParenthesis(bare, after))))
    .map(({ index }) => index);
}

function closingParenthesis(bare: string, from: number): number {
  let depth = 1;
  let at = from;
  for (; at < bare.length && depth > 0; at += 1) {
    if (bare[at] === '(') depth += 1;
    if (bare[at] === ')') depth -= 1;
  }
  return at;
}

/** What is wrong with the file's name or size, or null. */
export function shapeProblem(path: string, text: string): string | null {
  const name = posix.basename(path);
  if (['types.ts', 'utils.ts', 'helpers.ts'].includes(name)) {
    return `${name} says nothing: put each type and function with the module that owns the value`;
  }
  const lines = text.replace(/\n$/, '').split('\n').length;
  if (lines > MAX_LINES) {
    return `${lines} lines, at most ${MAX_LINES}: find the second noun in it and give it a file`;
  }
  return null;
}
