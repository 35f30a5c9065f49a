import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A program that runs in a pipe and is read by the test; killed with the test's `dispose`. */
export class Program {
  readonly child: ChildProcess;
  stdout = '';
  stderr = '';
  readonly #ended: Promise<unknown>;
  readonly #looks = new Set<() => void>();

  constructor(args: readonly string[], options: ProgramOptions = {}) {
    this.child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
      this.#look();
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#ended = once(this.child, 'close').then(() => this.#look());
  }

  /** Everything that was written, for the message of a failure. */
  get log(): string {
    return `\n--- stdout\n${this.stdout}\n--- stderr\n${this.stderr}`;
  }

  /** The first match in what was written to stdout so far or will be. */
  until(pattern: RegExp, deadlineMs = 10_000): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(this.stdout);
        if (match) finish(() => resolve(match));
        else if (this.child.exitCode !== null || this.child.signalCode !== null) {
          finish(() => reject(new Error(`the program ended without ${pattern}${this.log}`)));
        }
      };
      const finish = (end: () => void) => {
        clearTimeout(timer);
        this.#looks.delete(look);
        end();
      };
      const timer = setTimeout(
        () => finish(() => reject(new Error(`no ${pattern} in ${deadlineMs} ms${this.log}`))),
        deadlineMs,
      );
      this.#looks.add(look);
      look();
    });
  }

  /** The exit code, or the signal that ended it, once all output is read. */
  async exit(deadlineMs = 10_000): Promise<number | string | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`still running after ${deadlineMs} ms${this.log}`)),
        deadlineMs,
      );
    });
    try {
      await Promise.race([this.#ended, late]);
    } finally {
      clearTimeout(timer);
    }
    return this.child.exitCode ?? this.child.signalCode;
  }

  dispose(): void {
    this.child.kill('SIGKILL');
  }

  #look(): void {
    for (const look of [...this.#looks]) look();
  }
}
