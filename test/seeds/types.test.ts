import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithDocuments, type Fragment, fragmentsOf } from './documents.ts';
import { nested, partsOf } from './paragraphs.ts';
import { createProject, type Project } from './project.ts';

const NAMES = ['english', 'czech', 'tutorial'] as const;

const VALUES = [
  'BehaviorRegistry',
  'Cluster',
  'ClusterNotStartedError',
  'InvalidClusterConfigError',
  'NodeId',
];
const TYPES = ['NodeDownReason', 'NodeInfo', 'NodeStatus'];

/** What the prose around a fragment takes for granted. */
const GIVEN = `
declare global {
  const userInput: string;
  const nodeId1: import('noex/distribution').NodeId;
  const nodeId2: import('noex/distribution').NodeId;
  const nodeId: import('noex/distribution').NodeId;
  function invalidateCacheForNode(id: string): void;
}
export {};
`;
const BEHAVIORS = 'export const workerBehavior = {};\n';

/** Shapes the documents print: ours must give all that they promise, and take all they accept. */
const SHAPES: Readonly<Record<string, string>> = {
  NodeInfo: '(ours: import("noex/distribution").NodeInfo): NodeInfo => ours',
  ClusterConfig: '(theirs: ClusterConfig): import("noex/distribution").ClusterConfig => theirs',
};

describeWithDocuments('every fragment of TypeScript in the documents', () => {
  let project: Project;
  beforeAll(() => {
    project = createProject();
    project.write('given.d.mts', GIVEN);
    project.write('behaviors.mts', BEHAVIORS);
  });
  afterAll(() => project?.remove());

  test('compiles against this package, but for those that are wrong in themselves', () => {
    const fragments = NAMES.flatMap(fragmentsOf);
    expect(fragments).toHaveLength(57);
    for (const fragment of fragments) project.write(fileOf(fragment), moduleOf(fragment));

    const noName = /^czech-160.*TS2741: Property 'nodeName' is missing/;
    const starterCodeWithoutReturn = /^tutorial-743.*TS2355/;
    expect(project.compile()).toEqual([
      expect.stringMatching(noName),
      expect.stringMatching(noName),
      expect.stringMatching(starterCodeWithoutReturn),
    ]);
  });
});

function fileOf({ document, line }: Fragment): string {
  return `${document}-${line}.mts`;
}

/** Its own imports, those it leaves out, and the rest in a function. */
function moduleOf({ text }: Fragment): string {
  const { imports, body } = partsOf(text);
  const isLeftOut = (name: string) =>
    new RegExp(`\\b${name}\\b`).test(body) &&
    !new RegExp(`\\b${name}\\b`).test(imports) &&
    !body.includes(`interface ${name} `);
  const leftOut = [...VALUES, ...TYPES].filter(isLeftOut);
  const shapes = Object.entries(SHAPES)
    .filter(([name]) => body.includes(`interface ${name} `))
    .map(([, check]) => `void (${check});`);
  return [
    imports.replace("'./behaviors'", "'./behaviors.mjs'"),
    `import { ${leftOut.join(', ')} } from 'noex/distribution';`,
    `export async function fragment() {\n${nested(body)}\n${shapes.join('\n')}\n}`,
  ].join('\n');
}
