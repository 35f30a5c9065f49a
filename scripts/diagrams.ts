// Writes docs/state-charts.md from the charts themselves: `npm run docs:charts`. A test compares.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { clusterMachine } from '../src/machines/cluster.ts';
import { peerMachine } from '../src/machines/peer.ts';
import { seedMachine } from '../src/machines/seed.ts';

export const PAGE_PATH = fileURLToPath(new URL('../docs/state-charts.md', import.meta.url));

const INTRO = `# State charts

<!-- Written by \`npm run docs:charts\` from src/machines. Change the charts, not this page. -->

Each chart is drawn from its own source. An arrow carries its event, or \`after\` and the name of a
delay; a guard stands in brackets. What a chart does without changing its state is listed below it.
`;

const CHARTS: readonly { readonly machine: AnyStateMachine; readonly about: string }[] = [
  {
    machine: clusterMachine,
    about: 'The life of the local node: one actor per Cluster object, through stop and start.',
  },
  {
    machine: peerMachine,
    about: 'One remote node, as this node sees it: dialled, greeted, up, doubted, gone.',
  },
  {
    machine: seedMachine,
    about: 'One configured seed: tried until a session exists with a node met there.',
  },
];

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

export function chartsPage(): string {
  return [INTRO, ...CHARTS.map(({ machine, about }) => section(machine, about))].join('\n');
}

function section(machine: AnyStateMachine, about: string): string {
  const source = `src/machines/${machine.id}.ts`;
  const inPlace = descendants(machine.root).flatMap(inPlaceRows);
  return [
    `## ${machine.id}`,
    '',
    `${about} Source: [${source}](../${source}).`,
    '',
    '```mermaid',
    ...drawing(machine),
    '```',
    '',
    ...(inPlace.length === 0 ? [] : ['| in | on | does |', '| --- | --- | --- |', ...inPlace, '']),
  ].join('\n');
}

export function drawing(machine: AnyStateMachine): string[] {
  return [
    'stateDiagram-v2',
    ...block(machine.root, '  '),
    ...edgesOf(machine).map(({ from, to, label }) => `  ${from} --> ${to} : ${label}`),
  ];
}

/** The states below a node, nested; their arrows follow once every state has its place. */
function block(node: AnyStateNode, indent: string): string[] {
  const initial = node.initial.target.map((target) => `${indent}[*] --> ${nameOf(target)}`);
  const states = childrenOf(node).flatMap((child) => {
    const head = `${indent}state "${child.key}" as ${nameOf(child)}`;
    if (isLeaf(child)) return [head];
    return [`${head} {`, ...block(child, `${indent}  `), `${indent}}`];
  });
  return [...initial, ...states];
}

function edgesOf(machine: AnyStateMachine): Edge[] {
  const edges = descendants(machine.root).flatMap((node) =>
    transitionsOf(node).flatMap((transition) =>
      (transition.target ?? []).flatMap((target) => edgesTo(node, target, labelOf(transition))),
    ),
  );
  return joined(edges);
}

/**
 * Mermaid cannot draw an arrow from a state to one inside of it: such an arrow starts at each of
 * the inner states instead, which is what it means.
 */
function edgesTo(node: AnyStateNode, target: AnyStateNode, label: string): Edge[] {
  const sources = isInside(target, node) ? descendants(node).filter(isLeaf) : [node];
  return sources.map((source) => ({ from: nameOf(source), to: nameOf(target), label }));
}

/** One arrow for all that leads from one state to another. */
function joined(edges: readonly Edge[]): Edge[] {
  const labels = new Map<string, string[]>();
  for (const { from, to, label } of edges) {
    const key = `${from} ${to}`;
    labels.set(key, [...(labels.get(key) ?? []), label]);
  }
  return [...labels].map(([key, all]) => {
    const [from = '', to = ''] = key.split(' ');
    return { from, to, label: [...new Set(all)].join(' / ') };
  });
}

function inPlaceRows(node: AnyStateNode): string[] {
  return transitionsOf(node)
    .filter(({ target }) => target === undefined)
    .map((transition) => {
      const actions = transition.actions.map(referenceName).join(', ');
      return `| ${node.path.join('.')} | ${labelOf(transition)} | ${actions} |`;
    });
}

/** Events first, in the order of the source, then what happens at once, then what takes time. */
function transitionsOf(node: AnyStateNode): AnyTransitionDefinition[] {
  const byEvent = [...node.transitions.values()].flat();
  const timed = byEvent.filter(isTimed);
  return [...byEvent.filter((one) => !isTimed(one)), ...(node.always ?? []), ...timed];
}

const isTimed = ({ eventType }: AnyTransitionDefinition) => eventType.startsWith('xstate.after.');

function labelOf({ eventType, guard }: AnyTransitionDefinition): string {
  const delay = /^xstate\.after\.([^.]+)\./.exec(eventType)?.[1];
  const trigger = delay === undefined ? eventType || 'always' : `after ${delay}`;
  return guard === undefined ? trigger : `${trigger} [${referenceName(guard)}]`;
}

function referenceName(reference: unknown): string {
  if (typeof reference === 'string') return reference;
  if (typeof reference === 'object' && reference !== null && 'type' in reference) {
    return String(reference.type);
  }
  throw new Error('a guard or action without a name cannot be drawn: name it in setup()');
}

const childrenOf = (node: AnyStateNode): AnyStateNode[] => Object.values(node.states);

const descendants = (node: AnyStateNode): AnyStateNode[] =>
  childrenOf(node).flatMap((child) => [child, ...descendants(child)]);

const isLeaf = (node: AnyStateNode): boolean => childrenOf(node).length === 0;

const isInside = (inner: AnyStateNode, outer: AnyStateNode): boolean =>
  inner !== outer && inner.id.startsWith(`${outer.id}.`);

/** Underscores, because Mermaid takes no dots in a name. */
const nameOf = (node: AnyStateNode): string => node.path.join('_');

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(PAGE_PATH, chartsPage());
