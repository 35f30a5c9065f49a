import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { describeWithDocuments, fragmentWith } from './documents.ts';
import { freePorts, killPrograms, Program } from './program.ts';
import { createProject, type Project } from './project.ts';
import { normaliser } from './transcript.ts';

const BEHAVIORS = `
import { createMachine } from 'xstate';
export const workerBehavior = createMachine({ initial: 'idle', states: { idle: {} } });
`;
const SECRET = 'a shared secret of these nodes';

describeWithDocuments('the complete example', () => {
  let project: Project;
  let diagnostics: readonly string[];
  beforeAll(() => {
    project = createProject();
    project.write('complete-example.ts', fragmentWith('english', './behaviors').text);
    project.write('behaviors.ts', BEHAVIORS);
    diagnostics = project.compile();
  });
  afterAll(() => project?.remove());
  afterEach(killPrograms);

  function launch(name: string, port: number | undefined, env: Readonly<Record<string, string>>) {
    return new Program({
      cwd: project.folder,
      args: ['out/complete-example.js'],
      env: { NODE_NAME: name, CLUSTER_PORT: `${port}`, CLUSTER_SECRET: SECRET, ...env },
    });
  }

  test('type-checks', () => expect(diagnostics).toEqual([]));

  test('runs in three processes that meet, and says goodbye on SIGTERM', async () => {
    const ports = await freePorts(3);
    const output = ({ lines }: Program) => lines.map(normaliser(ports));
    const seed1 = `one@localhost:${ports[0]}`;

    const one = launch('one', ports[0], {});
    await one.untilLine(/Connected nodes/);
    const two = launch('two', ports[1], { CLUSTER_SEEDS: seed1 });
    await Promise.all([one.untilLine(/joined: two/), two.untilLine(/joined: one/)]);
    const three = launch('three', ports[2], {
      CLUSTER_SEEDS: `${seed1},two@localhost:${ports[1]}`,
    });
    await Promise.all([
      one.untilLine(/joined: three/),
      two.untilLine(/joined: three/),
      three.untilLine(/joined: one/),
      three.untilLine(/joined: two/),
    ]);

    expect(output(one)).toEqual([
      `Starting node: one@*:${ports[0]}`,
      '[CLUSTER] Status: starting',
      '[CLUSTER] Status: running',
      'Node ID: one@HOST:P1',
      'Connected nodes: 0',
      '[CLUSTER] Node joined: two@HOST:P2',
      '[CLUSTER] Node joined: three@HOST:P3',
    ]);
    expect(output(two)).toEqual([
      `Starting node: two@*:${ports[1]}`,
      '[CLUSTER] Status: starting',
      '[CLUSTER] Status: running',
      'Node ID: two@HOST:P2',
      'Connected nodes: 1',
      '[CLUSTER] Node joined: one@HOST:P1',
      '[CLUSTER] Node joined: three@HOST:P3',
    ]);
    expect(output(three).slice(0, 5)).toEqual([
      `Starting node: three@*:${ports[2]}`,
      '[CLUSTER] Status: starting',
      '[CLUSTER] Status: running',
      'Node ID: three@HOST:P3',
      'Connected nodes: 2',
    ]);
    expect(output(three).slice(5).sort()).toEqual([
      '[CLUSTER] Node joined: one@HOST:P1',
      '[CLUSTER] Node joined: two@HOST:P2',
    ]);

    expect(await three.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(three.lines.slice(7)).toEqual([
      'Shutting down...',
      '[CLUSTER] Status: stopping',
      '[CLUSTER] Status: stopped',
    ]);
    await Promise.all([one.untilLine(/left/), two.untilLine(/left/)]);
    const goodbye = '[CLUSTER] Node left: three@HOST:P3 (graceful_shutdown)';
    expect(output(one).slice(7)).toEqual([goodbye]);
    expect(output(two).slice(7)).toEqual([goodbye]);
    for (const program of [one, two, three]) expect(program.stderr).not.toMatch(/chartmesh/i);
  });

  test('takes an empty CLUSTER_SEEDS for none', async () => {
    const ports = await freePorts(2);
    const alone = launch('alone', ports[0], { CLUSTER_SEEDS: '' });
    await alone.untilLine(/Connected nodes: 0/);
    launch('other', ports[1], { CLUSTER_SEEDS: `alone@localhost:${ports[0]}` });
    await alone.untilLine(/joined: other/);
    expect(await alone.end('SIGTERM')).toEqual({ code: 0, signal: null });
  });

  test('keeps the healthy nodes unharmed by one with a wrong secret, and that one alive', async () => {
    const ports = await freePorts(4);
    const seed1 = `one@localhost:${ports[0]}`;
    const one = launch('one', ports[0], {});
    await one.untilLine(/Connected nodes/);
    const two = launch('two', ports[1], { CLUSTER_SEEDS: seed1 });
    await one.untilLine(/joined: two/);
    const stranger = launch('stranger', ports[2], {
      CLUSTER_SEEDS: `${seed1},two@localhost:${ports[1]}`,
      CLUSTER_SECRET: 'another secret altogether',
    });
    await stranger.untilLine(/Connected nodes/);
    // A fourth, healthy one: whatever the stranger caused would have been printed before it.
    const four = launch('four', ports[3], { CLUSTER_SEEDS: seed1 });
    await Promise.all([one.untilLine(/joined: four/), two.untilLine(/joined: four/)]);

    const output = ({ lines }: Program) => lines.map(normaliser(ports)).slice(5);
    expect(output(one)).toEqual([
      '[CLUSTER] Node joined: two@HOST:P2',
      '[CLUSTER] Node joined: four@HOST:P4',
    ]);
    expect(output(two)).toEqual([
      '[CLUSTER] Node joined: one@HOST:P1',
      '[CLUSTER] Node joined: four@HOST:P4',
    ]);
    expect(stranger.lines.map(normaliser(ports))).toEqual([
      `Starting node: stranger@*:${ports[2]}`,
      '[CLUSTER] Status: starting',
      '[CLUSTER] Status: running',
      'Node ID: stranger@HOST:P3',
      'Connected nodes: 0',
    ]);
    expect(stranger.isRunning).toBe(true);
    expect(await stranger.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(await four.end('SIGTERM')).toEqual({ code: 0, signal: null });
    await one.untilLine(/left: four/);
    expect(output(one).slice(2).map(normaliser(ports))).toEqual([
      '[CLUSTER] Node left: four@HOST:P4 (graceful_shutdown)',
    ]);
  });
});
