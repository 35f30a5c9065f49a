/** What the campaigns and scripts say to a command line that is wrong, before anything runs. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { Program } from '../support/program.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SIM_USAGE =
  'usage: npm run sim -- [--seed ...] [--seeds ...] [--count 1000] [--nodes ...] [--tail 40] [--record]';
const RACES_USAGE = 'usage: npm run races -- [--count 10000] [--pairs 8] [--seed 1] [--record]';

async function run(file: string, ...args: readonly string[]) {
  const program = new Program(['--expose-gc', `${ROOT}${file}`, ...args]);
  onTestFinished(() => program.dispose());
  const code = await program.exit(30_000);
  return { code, stdout: program.stdout, stderr: program.stderr };
}

test.each<readonly [string, readonly string[], string]>([
  ['scripts/sim.mjs', ['--count', 'abc'], 'a whole number from 1 to 1000000000, not "abc"'],
  ['scripts/sim.mjs', ['--count', '0'], 'a whole number from 1 to 1000000000, not "0"'],
  ['scripts/sim.mjs', ['--count', '1e3'], 'a whole number from 1 to 1000000000, not "1e3"'],
  ['scripts/sim.mjs', ['--count='], 'a whole number from 1 to 1000000000, not ""'],
  ['scripts/sim.mjs', ['--count'], 'a whole number from 1 to 1000000000'],
  ['scripts/sim.mjs', ['--seed', 'abc'], 'a whole number from 0 to 1000000000, not "abc"'],
  ['scripts/sim.mjs', ['--nodes', 'abc'], 'a whole number from 3 to 100, not "abc"'],
  ['scripts/sim.mjs', ['--seeds', '5..'], 'a range like 5..80, from 0 to 1000000000, not "5.."'],
  ['scripts/sim.mjs', ['--seeds', '9..5'], 'a range like 5..80, from 0 to 1000000000, not "9..5"'],
])('%s %j is refused with what is wrong and the usage', async (file, args, must) => {
  const [option = ''] = (args[0] ?? '').split('=');
  const stderr = `${option} must be ${must}\n${SIM_USAGE}\n`;
  expect(await run(file, ...args)).toEqual({ code: 2, stdout: '', stderr });
});

test.each([
  [['--cuont', '5'], 'there is no option --cuont'],
  [['-c', '5'], 'there is no option -c'],
  [['--constructor'], 'there is no option --constructor'],
  [['50'], 'nothing is known of the word "50"'],
  [['--record=yes'], '--record takes no value'],
])('races %j is refused with what is wrong and the usage', async (args, wrong) => {
  const stderr = `${wrong}\n${RACES_USAGE}\n`;
  expect(await run('campaigns/races/run.mjs', ...args)).toEqual({ code: 2, stdout: '', stderr });
});

test('--help shows the usage, and what each option must be', async () => {
  const stdout = [
    RACES_USAGE,
    '  --count: a whole number from 1 to 1000000000',
    '  --pairs: a whole number from 1 to 1000',
    '  --seed: a whole number from 0 to 1000000000',
    '',
  ].join('\n');
  const helped = await run('campaigns/races/run.mjs', '--count', '5', '--help');
  expect(helped).toEqual({ code: 0, stdout, stderr: '' });
});

test.each([
  ['scripts/sim-mutants.mjs', '--only', 'nosuch', 'sim:mutants'],
  ['campaigns/rolling/run.mjs', '--plans', 'nosuch', 'rolling'],
  ['campaigns/tls/join.mjs', '--count', 'abc', 'tls:join'],
  ['campaigns/endurance/virtual.mjs', '--hours', 'abc', 'endurance:virtual'],
  ['campaigns/hostile/load.mjs', '--seconds', 'abc', 'hostile:load'],
])('%s with %s %s runs nothing', async (file, option, value, name) => {
  const { code, stdout, stderr } = await run(file, option, value);
  expect([code, stdout]).toEqual([2, '']);
  const [wrong = '', usage = '', ...rest] = stderr.split('\n');
  expect(wrong).toMatch(new RegExp(`^${option} must be .*, not "${value}"$`));
  expect(usage).toMatch(new RegExp(`^usage: npm run ${name} -- \\[--`));
  expect(rest).toEqual(['']);
});

test('every command that takes options checks them', async () => {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
  const lines: readonly string[] = Object.values(scripts);
  const files = lines.flatMap(
    (line) => /(?:campaigns|bench)\/\S+\.mjs|scripts\/sim\S*/.exec(line) ?? [],
  );
  const unique = [...new Set(files)];
  expect(unique.length).toBeGreaterThan(14);
  for (const file of unique) {
    const { code, stdout, stderr } = await run(file, '--no-such-option');
    expect([file, code, stdout, stderr.split('\n')[0]]).toEqual([
      ...[file, 2, '', 'there is no option --no-such-option'],
    ]);
  }
});

test.each([
  ['scripts/sim.mjs', ['--seeds', '3..4'], 'npm run sim -- --seeds 3..4'],
  ['campaigns/races/run.mjs', ['--count', '50'], 'npm run races -- --count 50'],
])('%s %j reports the command that repeats it', async (file, args, command) => {
  const { stdout } = await run(file, ...args);
  const [, report = '{}'] = /^(\{"name":.*\})$/m.exec(stdout) ?? [];
  expect(JSON.parse(report)).toMatchObject({ command });
});
