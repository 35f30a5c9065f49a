import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithDocuments, fragmentWith } from './documents.ts';
import { freePorts, killPrograms, Program } from './program.ts';
import { createProject, type Project } from './project.ts';

/** The fragment listens on a fixed port, which may be taken: this moves it, not the fragment. */
const MOVE_PORT = `
const { Server } = require('node:net');
const listen = Server.prototype.listen;
Server.prototype.listen = function (port, ...rest) {
  if (port !== 8080) return listen.call(this, port, ...rest);
  return listen.call(this.once('listening', () => console.log('listening')), process.env.HTTP_PORT);
};
`;

/** Each line on stdin starts the node or stops it. */
const DRIVER = `
process.stdin.setEncoding('utf8').on('data', (line: string) => {
  const config = { nodeName: 'web', host: '127.0.0.1', port: Number(process.env.CLUSTER_PORT) };
  const done = line === 'start\\n' ? Cluster.start(config) : Cluster.stop();
  void done.then(() => console.log('done', line.trim()));
});
`;

describeWithDocuments('the health check endpoint', () => {
  let project: Project;
  let diagnostics: readonly string[];
  beforeAll(() => {
    project = createProject();
    const { text } = fragmentWith('english', "req.url === '/health'");
    const program = `import { Cluster } from 'noex/distribution';\n${text}\n${DRIVER}`;
    project.write('endpoint.mts', program);
    project.write('move-port.cjs', MOVE_PORT);
    diagnostics = project.compile();
  });
  afterAll(async () => {
    await killPrograms();
    project?.remove();
  });

  test('type-checks', () => expect(diagnostics).toEqual([]));

  test('answers 503 before the start, 200 while the node runs, 503 after the stop', async () => {
    const [httpPort, clusterPort] = await freePorts(2);
    const program = new Program({
      cwd: project.folder,
      args: ['--require', './move-port.cjs', 'out/endpoint.mjs'],
      env: { HTTP_PORT: `${httpPort}`, CLUSTER_PORT: `${clusterPort}` },
    });
    const ask = async () => {
      const answer = await fetch(`http://127.0.0.1:${httpPort}/health`);
      const type = answer.headers.get('content-type');
      return { code: answer.status, type, body: await answer.json() };
    };
    const stopped = {
      code: 503,
      type: 'application/json',
      body: { status: 'stopped', nodeId: null, connectedNodes: 0 },
    };

    await program.untilLine(/^listening$/);
    expect(await ask()).toEqual(stopped);

    program.write('start\n');
    await program.untilLine(/^done start$/);
    expect(await ask()).toEqual({
      code: 200,
      type: 'application/json',
      body: { status: 'running', nodeId: `web@127.0.0.1:${clusterPort}`, connectedNodes: 0 },
    });

    program.write('stop\n');
    await program.untilLine(/^done stop$/);
    expect(await ask()).toEqual(stopped);
  });
});
