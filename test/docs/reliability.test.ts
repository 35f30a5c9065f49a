import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  type Campaign,
  PAGE_PATH,
  recordedCampaigns,
  reliabilityPage,
} from '../../scripts/reliability.ts';

const packageText = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');

const MET: Campaign = {
  about: 'Two nodes dial each other.',
  figures: {
    name: 'crossing',
    title: 'Dials that cross',
    command: 'npm run races',
    seeds: '1..9',
    machine: '2 x CPU, 24 GiB',
    system: 'Linux 6.18',
    node: 'v20.20.2',
    date: '2026-11-21',
    commit: 'abc1234',
    rows: [{ what: 'sessions per pair', goal: 'one', measured: '1', ok: true }],
    notes: ['Loopback.'],
  },
};

test('docs/reliability.md is made of the figures that were recorded', () => {
  const advice = 'docs/reliability.md is stale: run `npm run docs:reliability` and commit it';
  expect(readFileSync(PAGE_PATH, 'utf8'), advice).toBe(reliabilityPage(recordedCampaigns()));
});

test('every recorded campaign can be repeated by the command it names', () => {
  const scripts = Object.keys(Object(Reflect.get(Object(JSON.parse(packageText)), 'scripts')));
  for (const { figures } of recordedCampaigns()) {
    const [, name] = /^npm run ([\w:-]+)/.exec(figures.command) ?? [];
    expect(scripts, figures.name).toContain(name);
  }
});

test('every recorded campaign says in plain words what it does', () => {
  const silent = recordedCampaigns().filter(({ about }) => about.length < 80);
  expect(silent.map(({ figures }) => `docs/figures/${figures.name}.md`)).toEqual([]);
});

test('every campaign that is described was recorded', () => {
  const files = readdirSync(new URL('../../docs/figures/', import.meta.url));
  const described = files.flatMap((file) => /^(.+)\.md$/.exec(file)?.[1] ?? []);
  expect(described.filter((name) => !files.includes(`${name}.json`))).toEqual([]);
});

test('a section holds the figures, where they are from, and how to repeat them', () => {
  const page = reliabilityPage([MET]);
  expect(page).toContain('Campaigns: 1. Goals: 1. Missed: 0.\n\n## Dials that cross\n\nTwo nodes');
  expect(page).toContain('| sessions per pair | one | 1 | met |');
  expect(page).toContain('Repeat with `npm run races` (seeds 1..9).');
  expect(page).toContain('2 x CPU, 24 GiB; Linux 6.18; Node v20.20.2; 2026-11-21; commit abc1234.');
});

test('a goal that was missed is named at the top and in its table', () => {
  const row = { what: 'sessions per pair', goal: 'one', measured: '2', ok: false };
  const page = reliabilityPage([{ ...MET, figures: { ...MET.figures, rows: [row] } }]);
  expect(page).toContain(
    'Goals: 1. Missed: 1.\n\n- **missed**: sessions per pair (Dials that cross): 2',
  );
  expect(page).toContain('| sessions per pair | one | 2 | **missed** |');
});
