import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithDocuments, fragmentWith } from './documents.ts';
import { partsOf, reporting } from './paragraphs.ts';
import { freePorts, killPrograms, Program } from './program.ts';
import { createProject, type Project } from './project.ts';

const IMPORT_CLUSTER = "import { Cluster } from 'noex/distribution';\n";
const IMPORT_NODE_ID = "import { NodeId } from 'noex/distribution';\n";
const REPORT = `
function report(name: string, value: unknown): void {
  console.log(JSON.stringify([name, value]));
}
`;
const NODE_RUNNING = `
await Cluster.start({ nodeName: 'worker1', host: '127.0.0.1', port: Number(process.env.PORT) });
`;
/** What the fragment takes for granted. */
const GIVEN = `
const userInput = process.env.INPUT ?? '';
const nodeId1 = NodeId.parse('same@host:1');
const nodeId2 = NodeId.parse('same@HOST:1');
`;

describeWithDocuments('the fragments about errors and node ids', () => {
  let project: Project;
  let diagnostics: readonly string[];

  beforeAll(() => {
    project = createProject();
    const plain = (file: string, prelude: string, text: string) =>
      project.write(`${file}.mts`, `${prelude}${text}`);
    plain('config', IMPORT_CLUSTER, fragmentWith('english', 'Config error:').text);
    plain('not-started', IMPORT_CLUSTER, fragmentWith('english', 'Cluster.start() first').text);
    plain('both-errors', '', fragmentWith('tutorial', 'Bad config:').text);

    // Imports are hoisted, wherever they stand.
    const told = (file: string, before: string, text: string, after = '') => {
      const { imports, body } = partsOf(text);
      project.write(`${file}.mts`, [before, imports, REPORT, reporting(body), after].join('\n'));
    };
    const running = `${IMPORT_CLUSTER}${NODE_RUNNING}`;
    const stop = 'await Cluster.stop();';
    told('node-id', running, fragmentWith('english', '// Create programmatically').text, stop);
    told('validity', IMPORT_NODE_ID, fragmentWith('tutorial', '// Valid NodeIds').text);
    told('working', GIVEN, fragmentWith('tutorial', 'NodeId.tryParse(userInput)').text);
    diagnostics = project.compile();
  });
  afterAll(async () => {
    await killPrograms();
    project?.remove();
  });

  /** Runs one to its own end. */
  async function run(file: string, env: Readonly<Record<string, string>> = {}) {
    const program = new Program({ cwd: project.folder, args: [`out/${file}.mjs`], env });
    const { code } = await program.exit();
    return { lines: program.lines, stderr: program.stderr, code };
  }

  test('type-check', () => expect(diagnostics).toEqual([]));

  test('a name that begins with a digit is a configuration error with its reason', async () => {
    expect(await run('config')).toEqual({
      lines: [],
      stderr: expect.stringMatching(
        /^Config error: nodeName must start with a letter.*"123invalid"\n$/,
      ),
      code: 0,
    });
  });

  test('a query before the start is an error of its own', async () => {
    expect(await run('not-started')).toEqual({
      lines: [],
      stderr: 'Call Cluster.start() first\n',
      code: 0,
    });
  });

  test('both errors are caught one after the other, and asking for the status is safe', async () => {
    expect(await run('both-errors')).toEqual({
      lines: [],
      stderr: expect.stringMatching(
        /^Bad config: Invalid cluster configuration: nodeName .*"123invalid"\nCluster not started yet\n$/,
      ),
      code: 0,
    });
  });

  test('node ids are read from the node, parsed, created, validated and taken apart', async () => {
    const [port] = await freePorts(1);
    const { lines, code } = await run('node-id', { PORT: `${port}` });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      ['localId', `worker1@127.0.0.1:${port}`],
      ['nodeId', 'worker1@192.168.1.10:4369'],
      ['nodeId', 'worker1@192.168.1.10:4369'],
      ['components', { name: 'worker1', host: '192.168.1.10', port: 4369 }],
    ]);
    expect(code).toBe(0);
  });

  test('every listed text is as valid or invalid as its comment says', async () => {
    const { lines } = await run('validity');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      ["NodeId.isValid('app1@192.168.1.1:4369')", [true, true]],
      ["NodeId.isValid('worker-1@localhost:4370')", [true, true]],
      ["NodeId.isValid('node_2@[::1]:4369')", [true, true]],
      ["NodeId.isValid('1app@host:4369')", [false, false]],
      ["NodeId.isValid('app@host:99999')", [false, false]],
      ["NodeId.isValid('')", [false, false]],
    ]);
  });

  test.each([
    ['', [], ['maybeNodeId']],
    ['typed@here:1', ['Valid NodeId: typed@here:1'], ['maybeNodeId', 'typed@here:1']],
  ])(
    'the tutorial takes ids apart and compares them, with the input "%s"',
    async (input, valid, maybe) => {
      const { lines } = await run('working', { INPUT: input });
      const told = lines.filter((line) => line.startsWith('[')).map((line) => JSON.parse(line));
      expect(lines.filter((line) => !line.startsWith('['))).toEqual([...valid, 'Same node']);
      expect(told).toEqual([
        ['nodeId', 'app1@192.168.1.10:4369'],
        ['parsed', 'worker-1@localhost:4370'],
        maybe.length === 1 ? ['maybeNodeId', null] : maybe,
        ['name', 'app1'],
        ['host', '192.168.1.10'],
        ['port', 4369],
        ['name', 'app1'],
        ['host', '192.168.1.10'],
        ['port', 4369],
      ]);
    },
  );
});
