import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithDocuments, fragmentsOf, fragmentWith } from './documents.ts';
import { freePorts, killPrograms, Program } from './program.ts';
import { createProject, type Project } from './project.ts';
import { normaliser } from './transcript.ts';

const LAST_HEARTBEAT = /^ {4}Poslední heartbeat: /;

/** The page shows no whole program: its fragments, in blocks of their own, make this one. */
function program(): string {
  const block = (marker: string) => `{\n${fragmentWith('czech', marker).text}\n}`;
  return [
    "import { Cluster } from 'noex/distribution';",
    block('Cluster.onNodeUp('),
    block('Cluster.onNodeDown('),
    block('Cluster.onStatusChange('),
    block("process.on('SIGTERM'"),
    'const [nodeName = "", port, ...seeds] = process.argv.slice(2);',
    'await Cluster.start({ nodeName, port: Number(port), seeds });',
    `process.stdin.on('data', () => ${block('Cluster.getUptimeMs()')});`,
  ].join('\n');
}

/** The lists of seeds it recommends, the one without names for Kubernetes among them. */
function seedLists(): readonly string[] {
  return fragmentsOf('czech').flatMap(({ text }) => text.match(/(?<=^seeds: )\[.*\]$/m) ?? []);
}

describeWithDocuments('the fragments of the Czech page', () => {
  let project: Project;
  let diagnostics: readonly string[];
  beforeAll(() => {
    project = createProject();
    project.write('czech.mts', program());
    project.write(
      'seed-lists.mts',
      `import { Cluster } from 'noex/distribution';
      const rest = { host: '127.0.0.1', port: Number(process.env.PORT), joinTimeoutMs: 50 };
      for (const seeds of [${seedLists().join(', ')}]) {
        await Cluster.start({ nodeName: 'app', ...rest, seeds });
        console.log(Cluster.getStatus(), seeds.length);
        await Cluster.stop();
      }`,
    );
    diagnostics = project.compile();
  });
  afterAll(async () => {
    await killPrograms();
    project?.remove();
  });

  test('type-check', () => expect(diagnostics).toEqual([]));

  test('tell of nodes, answer questions and end on SIGTERM', async () => {
    const ports = await freePorts(2);
    const start = (name: string, index: number, ...seeds: readonly string[]) =>
      new Program({
        cwd: project.folder,
        args: ['out/czech.mjs', name, `${ports[index]}`, ...seeds],
      });
    const output = ({ lines }: Program) => lines.map(normaliser(ports));

    const first = start('prvni', 0);
    await first.untilLine(/running/);
    const second = start('druhy', 1, `prvni@localhost:${ports[0]}`);
    await Promise.all([first.untilLine(/Uptime/), second.untilLine(/Uptime/)]);
    const up = [
      'Status clusteru: starting',
      'Status clusteru: running',
      'Uzel připojen: druhy@HOST:P2',
      '  Status: connected',
      '  Procesy: 0',
      expect.stringMatching(/^ {2}Uptime: \d+ms$/),
    ];
    expect(output(first)).toEqual(up);

    first.write('?\n');
    await first.untilLine(/heartbeat/);
    expect(output(first).slice(up.length)).toEqual([
      'Status: running',
      'Lokální ID: prvni@HOST:P1',
      expect.stringMatching(/^Uptime: \d+ms$/),
      'Připojených uzlů: 1',
      '  druhy@HOST:P2:',
      '    Status: connected',
      '    Procesy: 0',
      expect.stringMatching(LAST_HEARTBEAT),
    ]);
    const heardAt = Date.parse(first.lines.at(-1)?.replace(LAST_HEARTBEAT, '') ?? '');
    expect(Math.abs(Date.now() - heardAt)).toBeLessThan(60_000);

    expect(await second.end('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(second.lines.slice(up.length)).toEqual([
      'Ukončuji cluster...',
      'Status clusteru: stopping',
      'Status clusteru: stopped',
      'Cluster ukončen',
    ]);
    await first.untilLine(/Důvod/);
    expect(output(first).slice(-2)).toEqual([
      'Uzel odpojen: druhy@HOST:P2',
      '  Důvod: graceful_shutdown',
    ]);
  });

  test('start with each of the recommended lists of seeds, though none answers', async () => {
    const [port] = await freePorts(1);
    const lists = new Program({
      cwd: project.folder,
      args: ['out/seed-lists.mjs'],
      env: { PORT: `${port}` },
    });
    expect(await lists.exit()).toEqual({ code: 0, signal: null });
    expect(lists.lines).toEqual(['running 2', 'running 1']);
  });
});
