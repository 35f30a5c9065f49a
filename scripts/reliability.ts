// Writes docs/reliability.md from docs/figures: `npm run docs:reliability`. A test compares.
//
// A campaign that is run with `--record` leaves <name>.json there; <name>.md beside it says in plain
// words what the campaign does to a cluster, and why.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';

export const PAGE_PATH = fileURLToPath(new URL('../docs/reliability.md', import.meta.url));
const FIGURES_DIR = fileURLToPath(new URL('../docs/figures/', import.meta.url));

/** From one process to many, then from bad luck to malice, then time. Others follow by name. */
const ORDER = [
  'simulation',
  'simulation-large',
  'simulation-mutants',
  'races',
  'scale-50',
  'scale-100',
  'rolling',
  'rotation',
  'networks',
  'networks-loss',
  'hostile-frames',
  'hostile-insider',
  'hostile-load',
  'hostile-replay',
  'hostile-codec',
  'endurance-cycles',
  'endurance-asks',
  'endurance-virtual',
];

const FiguresSchema = v.object({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)),
  title: v.pipe(v.string(), v.nonEmpty()),
  command: v.pipe(v.string(), v.startsWith('npm run ')),
  seeds: v.nullable(v.string()),
  machine: v.string(),
  system: v.string(),
  node: v.string(),
  date: v.string(),
  commit: v.string(),
  rows: v.pipe(
    v.array(
      v.object({ what: v.string(), goal: v.string(), measured: v.string(), ok: v.boolean() }),
    ),
    v.minLength(1),
  ),
  notes: v.array(v.string()),
});

type Figures = v.InferOutput<typeof FiguresSchema>;

export interface Campaign {
  readonly figures: Figures;
  /** What it does and why; empty when nobody has written it down. */
  readonly about: string;
}

const INTRO = `# What was survived

<!-- Written by \`npm run docs:reliability\` from docs/figures. Run a campaign, not an editor. -->

Each section is one campaign: what it does to a cluster, what was demanded, and what was measured.
Every campaign is a command that anybody can run again; \`--record\` writes the figures from which
this page is made. Where chance plays a part the seeds are given, and one seed gives one course of
events. Figures of another machine differ; goals should not.
`;

/** Everything that was recorded, in the order of the page. */
export function recordedCampaigns(dir = FIGURES_DIR): Campaign[] {
  const names = readdirSync(dir).flatMap((file) => /^(.+)\.json$/.exec(file)?.[1] ?? []);
  const campaigns = names.map((name) => readCampaign(dir, name));
  return campaigns.sort((a, b) => rank(a) - rank(b) || (a.figures.name < b.figures.name ? -1 : 1));
}

function readCampaign(dir: string, name: string): Campaign {
  const figures = v.parse(FiguresSchema, JSON.parse(readFileSync(`${dir}${name}.json`, 'utf8')));
  if (figures.name !== name) throw new Error(`${name}.json holds the figures of ${figures.name}`);
  const aboutPath = `${dir}${name}.md`;
  return { figures, about: existsSync(aboutPath) ? readFileSync(aboutPath, 'utf8').trim() : '' };
}

function rank({ figures }: Campaign): number {
  const place = ORDER.indexOf(figures.name);
  return place < 0 ? ORDER.length : place;
}

export function reliabilityPage(campaigns: readonly Campaign[]): string {
  return [INTRO, summary(campaigns), ...campaigns.map(section)].join('\n');
}

function summary(campaigns: readonly Campaign[]): string {
  const rows = campaigns.flatMap(({ figures }) => figures.rows.map((row) => ({ figures, row })));
  const missed = rows.filter(({ row }) => !row.ok);
  const counted = `Campaigns: ${campaigns.length}. Goals: ${rows.length}. Missed: ${missed.length}.`;
  const list = missed.map(
    ({ figures, row }) => `- **missed**: ${row.what} (${figures.title}): ${row.measured}`,
  );
  return `${[counted, ...(list.length > 0 ? ['', ...list] : [])].join('\n')}\n`;
}

function section({ figures, about }: Campaign): string {
  const { title, command, seeds, machine, system, node, date, commit, rows, notes } = figures;
  const table = [
    '| measured | goal | result | |',
    '| --- | --- | --- | --- |',
    ...rows.map(
      ({ what, goal, measured, ok }) =>
        `| ${cell(what)} | ${cell(goal)} | ${cell(measured)} | ${ok ? 'met' : '**missed**'} |`,
    ),
  ];
  const origin = [
    `Repeat with \`${command}\`${seeds === null ? '' : ` (seeds ${seeds})`}.`,
    `${machine}; ${system}; Node ${node}; ${date}; commit ${commit}.`,
  ].join('\n');
  const parts = [
    `## ${title}`,
    about,
    table.join('\n'),
    notes.map((note) => `- ${note}`).join('\n'),
  ];
  return `${[...parts, origin].filter((part) => part !== '').join('\n\n')}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(PAGE_PATH, reliabilityPage(recordedCampaigns()));
}
