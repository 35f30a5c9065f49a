import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as chartmesh from '../../src/index.ts';
import { createProject, type Project } from './project.ts';

const PAGES = ['coming-from-noex', 'coming-from-distribute'];

describe.each(PAGES)('docs/%s.md', (page) => {
  const text = readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8');
  let project: Project;
  beforeAll(() => {
    project = createProject();
    project.write('package.json', JSON.stringify({ name: 'program', type: 'module' }));
  });
  afterAll(() => project?.remove());

  test('shows code that compiles', () => {
    const blocks = [...text.matchAll(/^```ts\n(.*?)^```$/gms)];
    expect(blocks).not.toHaveLength(0);
    blocks.forEach(([, code = ''], index) => {
      project.write(`block-${index}.ts`, code);
    });
    expect(project.compile()).toEqual([]);
  });

  test('names only what exists', () => {
    const ours = rightColumn(text);
    const missing = (owner: string, value: object) =>
      [...ours.matchAll(new RegExp(`\\b${owner}\\.(\\w+)`, 'g'))]
        .map(([, name = '']) => name)
        .filter((name) => !(name in value));
    expect(missing('Cluster', chartmesh.Cluster)).toEqual([]);
    expect(missing('retryPolicy', chartmesh.retryPolicy)).toEqual([]);
    const errors = [...ours.matchAll(/`(\w+Error)`/g)].map(([, name = '']) => name);
    expect(errors.filter((name) => !(name in chartmesh))).toEqual([]);
  });
});

/** The first column of a table is about the other library. */
function rightColumn(text: string): string {
  return text.replaceAll(/^\|[^|]*\|/gm, '|');
}
