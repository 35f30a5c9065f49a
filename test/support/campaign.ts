/** Runs a campaign in its short form, by its own command, and reads what it reports. */
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { Program } from './program.ts';

const FOLDER = fileURLToPath(new URL('../../campaigns/', import.meta.url));
/** The compiler's memory grows while it warms up: off, where memory is measured. */
const FLAGS = ['--expose-gc', '--no-opt'];
const EXIT_TIMEOUT_MS = 60_000;

/**
 * What others do on the machine adds to the share of a core that a node takes, and never takes from it:
 * the least of so many looks counts. All else is judged at the first.
 */
const LOOKS = 3;
const SHARE = /: of one core$/;

/** Expects every goal to be met; a campaign never judges itself by less when it is short. */
export async function expectGoals(path: string, args: readonly string[] = []): Promise<void> {
  for (let look = 1; ; look += 1) {
    const { missed, code, log } = await run(path, args);
    const isShareAlone = missed.length > 0 && missed.every(({ what }) => SHARE.test(what));
    if (isShareAlone && look < LOOKS) continue;
    expect(missed, log).toEqual([]);
    expect(code, log).toBe(0);
    return;
  }
}

async function run(path: string, args: readonly string[]) {
  const program = new Program([...FLAGS, `${FOLDER}${path}`, ...args]);
  try {
    const code = await program.exit(EXIT_TIMEOUT_MS);
    const [, report] = /^(\{"name":.*\})$/m.exec(program.stdout) ?? [];
    const { rows, command }: { rows?: unknown; command?: unknown } = JSON.parse(report ?? '{}');
    // Whoever reads the figures can have the same again.
    expect(command).toMatch(/^npm run [a-z\d:]+/);
    expect(command).toContain(args.length === 0 ? '' : ` -- ${args.join(' ')}`);
    expect(Array.isArray(rows) && rows.length > 0, program.log).toBe(true);
    const missed = (Array.isArray(rows) ? rows : [])
      .filter((row) => Object(row).ok !== true)
      .map((row) => ({ ...Object(row), what: String(Object(row).what) }));
    return { missed, code, log: program.log };
  } finally {
    program.dispose();
  }
}
