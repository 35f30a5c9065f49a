import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { Program } from '../support/program.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const programs: Program[] = [];

function run(args: readonly string[], extraEnv: NodeJS.ProcessEnv = {}): Program {
  // As in a pipe of somebody's shell, whatever the machine of the test has set.
  const { NO_COLOR, FORCE_COLOR, ...env } = process.env;
  const program = new Program(args, { cwd: root, env: { ...env, ...extraEnv } });
  programs.push(program);
  return program;
}

afterEach(() => {
  for (const program of programs.splice(0)) program.dispose();
});

test('the demo shows three processes meeting, one dying and returning, one leaving', async () => {
  const startedMs = performance.now();
  const demo = run(['scripts/demo.mjs']);
  const code = await demo.exit(20_000);

  expect(code, demo.log).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(20_000);
  expect(demo.stderr).toBe('');
  const { stdout } = demo;
  expect(stdout.split('\n')[0]).toBe(
    'chartmesh demo: three processes find each other, one is killed and returns, one leaves.',
  );
  expect(stdout).toMatch(/ a {5}cluster {3}starting\.binding {5}-> running\n/);
  expect(stdout).toMatch(/ c {5}cluster {3}starting\.joining {5}-> running\n/);
  for (const [node, peer] of ['ab', 'ac', 'ba', 'bc', 'ca', 'cb']) {
    expect(stdout).toMatch(new RegExp(` ${node} +peer ${peer} +\\S+ +-> connected\\.alive\n`));
  }
  expect(stdout).toMatch(/=> all three see each other, \d+ ms after the process of c began\n/);
  expect(stdout).toMatch(/=> a and c report b down \(connection_closed\) after \d+ ms\n/);
  expect(stdout).toMatch(/=> b is up everywhere \d+ ms after its process began; life \w+ became/);
  expect(stdout).toMatch(/=> a and b report c down \(graceful_shutdown\) after \d+ ms; c exited/);
  expect(stdout).toMatch(
    /\nShown in \d+\.\d s: mesh complete \d+ ms after .*,\na killed node noticed in \d+ ms, back in \d+ ms, a goodbye heard in \d+ ms\.\n$/,
  );
  // Plain lines that fit a terminal, since this is a pipe.
  expect(stdout).not.toContain('\u001b');
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
});

test('with --stay a fourth node joins by the command line that is printed', async () => {
  const demo = run(['scripts/demo.mjs', '--stay']);
  const [, command = ''] = await demo.until(/\n {2}node (\S.+)\n/);
  const d = run(command.split(' '));

  for (const node of ['a', 'b', 'c']) {
    await demo.until(new RegExp(` ${node} +peer d +\\S+ +-> connected\\.alive\n`));
    await d.until(new RegExp(` d +peer ${node} +\\S+ +-> connected\\.alive\n`));
  }

  demo.child.kill('SIGINT');
  expect(await demo.exit(), demo.log).toBe(0);
  for (const node of ['a', 'b', 'c']) {
    await d.until(new RegExp(` d +peer ${node} +connected\\.alive +-> disconnected\\.left\n`));
  }
  d.child.kill('SIGINT');
  expect(await d.exit(), d.log).toBe(0);
  expect(d.stdout).toMatch(/ d +cluster +stopping\.closing +-> stopped\n$/);
});

test('no node outlives a demo that is killed', async () => {
  const demo = run(['scripts/demo.mjs', '--stay']);
  const [pids] = await demo.until(/a is process \d+, b is process \d+, c is process \d+/);
  const [seed = ''] = await demo.until(/a@127\.0\.0\.1:\d+/);
  const d = run(['scripts/demo/node.mjs', '--name', 'd', '--seed', seed]);
  for (const node of ['a', 'b', 'c']) {
    await d.until(new RegExp(` d +peer ${node} +\\S+ +-> connected\\.alive\n`));
  }

  demo.child.kill('SIGKILL');
  for (const node of ['a', 'b', 'c']) {
    await d.until(new RegExp(` d +peer ${node} +connected\\.alive +-> disconnected`));
  }
  // The output that the nodes inherited is closed once the last of them has ended.
  expect(await demo.exit()).toBe('SIGKILL');
  const living = () => pids.match(/\d+/g)?.filter((pid) => isAlive(Number(pid)));
  await expect.poll(living, { timeout: 5_000 }).toEqual([]);
});

test('a demo that cannot start a node says so, ends the others and exits with 1', async () => {
  const code = "if(process.argv.includes('b'))process.exit(3)";
  const demo = run(['scripts/demo.mjs'], { NODE_OPTIONS: `--import=data:text/javascript,${code}` });
  expect(await demo.exit(), demo.log).toBe(1);
  expect(demo.stderr).toBe('demo failed: node b ended (3)\n');
  expect(demo.stdout).toMatch(/ a +cluster +stopping\.closing +-> stopped\n$/);
});

test('a node started by hand names a wrong option and exits with 1', async () => {
  const d = run(['scripts/demo/node.mjs', '--name', 'not a name']);
  expect(await d.exit(), d.log).toBe(1);
  expect(d.stderr).toMatch(/^Invalid cluster configuration: nodeName /);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
