import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithDocuments, fragmentWith } from './documents.ts';
import { freePorts, killPrograms, Program } from './program.ts';
import { createProject, type Project } from './project.ts';
import { normaliser } from './transcript.ts';

describeWithDocuments('the three-node program of the tutorial', () => {
  let project: Project;
  let diagnostics: readonly string[];
  beforeAll(() => {
    project = createProject();
    const { text } = fragmentWith('tutorial', '// cluster-node.ts');
    project.write('cluster-node.ts', text);
    project.write('cluster-node-esm.mts', text);
    diagnostics = project.compile();
  });
  afterAll(async () => {
    await killPrograms();
    project?.remove();
  });

  test('type-checks', () => expect(diagnostics).toEqual([]));

  // At the same time: each needs the ten seconds until the program's first report.
  test.concurrent.each(['cluster-node.js', 'cluster-node-esm.mjs'])(
    'prints what it promises when three processes meet and one leaves: %s',
    async (file) => {
      const ports = await freePorts(3);
      const start = (name: string, index: number, ...seeds: readonly string[]) =>
        new Program({
          cwd: project.folder,
          args: [`out/${file}`, name, `${ports[index]}`, ...seeds],
        });
      const events = ({ lines }: Program) => withoutReports(lines).map(normaliser(ports));

      const seed1 = start('seed1', 0);
      await seed1.untilLine(/Started as/);
      const worker1 = start('worker1', 1, `seed1@localhost:${ports[0]}`);
      await Promise.all([seed1.untilLine(/joined: worker1/), worker1.untilLine(/joined: seed1/)]);
      const worker2 = start('worker2', 2, `worker1@localhost:${ports[1]}`);
      await Promise.all([
        seed1.untilLine(/joined: worker2/),
        worker1.untilLine(/joined: worker2/),
        worker2.untilLine(/joined: seed1/),
      ]);

      const seed1Start = [
        'Starting node: seed1',
        '[seed1] Cluster status: starting',
        '[seed1] Cluster status: running',
        '[seed1] Started as seed1@HOST:P1',
        '[seed1] Node joined: worker1@HOST:P2',
        '[seed1] Node joined: worker2@HOST:P3',
      ];
      const worker1Start = [
        'Starting node: worker1',
        '[worker1] Cluster status: starting',
        '[worker1] Cluster status: running',
        '[worker1] Started as worker1@HOST:P2',
        '[worker1] Node joined: seed1@HOST:P1',
        '[worker1] Node joined: worker2@HOST:P3',
      ];
      const worker2Start = [
        'Starting node: worker2',
        '[worker2] Cluster status: starting',
        '[worker2] Cluster status: running',
        '[worker2] Started as worker2@HOST:P3',
        '[worker2] Node joined: worker1@HOST:P2',
        '[worker2] Node joined: seed1@HOST:P1',
      ];
      expect(events(seed1)).toEqual(seed1Start);
      expect(events(worker1)).toEqual(worker1Start);
      expect(events(worker2)).toEqual(worker2Start);

      await seed1.untilLine(/^ {2}- worker2/);
      expect(seed1.lines.slice(6).map(normaliser(ports))).toEqual([
        '[seed1] Connected to 2 nodes:',
        '  - worker1@HOST:P2 (0 processes)',
        '  - worker2@HOST:P3 (0 processes)',
      ]);

      expect(await worker2.end('SIGINT')).toEqual({ code: 0, signal: null });
      await Promise.all([seed1.untilLine(/left: worker2/), worker1.untilLine(/left: worker2/)]);
      expect(events(worker2)).toEqual([
        ...worker2Start,
        '',
        'Shutting down...',
        '[worker2] Cluster status: stopping',
        '[worker2] Cluster status: stopped',
      ]);
      expect(events(seed1)).toEqual([
        ...seed1Start,
        '[seed1] Node left: worker2@HOST:P3 (graceful_shutdown)',
      ]);
      expect(events(worker1)).toEqual([
        ...worker1Start,
        '[worker1] Node left: worker2@HOST:P3 (graceful_shutdown)',
      ]);
    },
  );
});

/** The program reports every 10 s; when, relative to the rest, depends on the machine. */
function withoutReports(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !/Connected to \d+ nodes:$|^ {2}- /.test(line));
}
