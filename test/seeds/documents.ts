/** The documents whose programs must run here. They are no part of the repository. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../../shared/seeds', import.meta.url));

export const DOCUMENTS = {
  english: 'noex-cluster.en.md',
  czech: 'noex-cluster.cs.md',
  tutorial: 'noex-clustering-basics.md',
} as const;

export type DocumentName = keyof typeof DOCUMENTS;

const missing = Object.values(DOCUMENTS).filter((file) => !existsSync(join(FOLDER, file)));

/** A `describe` that is skipped where the documents are not, and fails there in the gate. */
export function describeWithDocuments(title: string, body: () => void): void {
  if (missing.length === 0) {
    describe(title, body);
    return;
  }
  const reason = `${title} (needs documents that are not in the repository: ${missing.join(', ')})`;
  if (process.env.CI === 'true') test(reason, () => expect(missing).toEqual([]));
  else {
    console.log(`skipped: ${reason}`);
    describe.skip(reason, body);
  }
}

export interface Fragment {
  readonly document: DocumentName;
  /** Where it begins, counted from 1: the only name it has. */
  readonly line: number;
  readonly text: string;
}

/** Every fenced block of TypeScript, in order. */
export function fragmentsOf(document: DocumentName): readonly Fragment[] {
  const lines = readFileSync(join(FOLDER, DOCUMENTS[document]), 'utf8').split('\n');
  const fragments: Fragment[] = [];
  let start: number | null = null;
  lines.forEach((line, index) => {
    if (start === null && /^```(?:ts|typescript)$/.test(line)) start = index + 1;
    else if (start !== null && line === '```') {
      fragments.push({ document, line: start + 1, text: lines.slice(start, index).join('\n') });
      start = null;
    }
  });
  return fragments;
}

/** The only block that holds all of the markers. */
export function fragmentWith(document: DocumentName, ...markers: readonly string[]): Fragment {
  const found = fragmentsOf(document).filter(({ text }) =>
    markers.every((marker) => text.includes(marker)),
  );
  const [fragment] = found;
  if (!fragment || found.length > 1) {
    throw new Error(`${found.length} blocks of ${DOCUMENTS[document]} hold ${markers.join(', ')}`);
  }
  return fragment;
}
