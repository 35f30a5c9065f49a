import { bareCode, lineOf } from './source-text.ts';

export interface Import {
  /** Null when it is not a plain string and so cannot be checked. */
  readonly specifier: string | null;
  /** True for `import type`; an inline `{ type X }` still loads the module. */
  readonly typeOnly: boolean;
  /** The names between the braces, as exported there; null for anything but a plain list. */
  readonly names: readonly string[] | null;
  readonly line: number;
}

const FROM = /(?<![.\w$])(?:import|export)\b([^;'"`()]*?)\bfrom\s*(['"])/g;
const BARE = /(?<![.\w$])import\s*(['"])/g;
const CALL = /(?<![.\w$])(?:import|require)\s*\(\s*(['"]?)/g;

/** Every import of a file: static, re-exported, dynamic, and `import('x').Type`. */
export function importsOf(text: string): readonly Import[] {
  const bare = bareCode(text);
  const found: Import[] = [];
  const add = (match: RegExpExecArray, quote: string, clause: string, typeOnly: boolean) => {
    const start = match.index + match[0].length;
    const end = bare.indexOf(quote, start);
    const specifier = quote === '' ? null : text.slice(start, end);
    found.push({ specifier, typeOnly, names: namesIn(clause), line: lineOf(text, match.index) });
  };

  for (const match of bare.matchAll(FROM)) {
    const clause = match[1] ?? '';
    add(match, match[2] ?? '', clause, /^\s*type\b(?!\s*(?:from|,))/.test(clause));
  }
  for (const match of bare.matchAll(BARE)) add(match, match[1] ?? '', '', false);
  for (const match of bare.matchAll(CALL)) add(match, match[1] ?? '', '', false);
  return found;
}

function namesIn(clause: string): readonly string[] | null {
  const list = /^\s*(?:type\s+)?\{([^}]*)\}\s*$/.exec(clause)?.[1];
  if (list === undefined) return null;
  return list
    .split(',')
    .map((name) => name.trim().replace(/^type\s+/, ''))
    .map((name) => name.split(/\s+as\s+/)[0] ?? name)
    .filter((name) => name !== '');
}
