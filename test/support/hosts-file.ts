/** The names that programs in one network namespace can look up. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

const FOLDER = '/etc/netns';

export class HostsFile {
  readonly #folder: string;

  constructor(namespace: string) {
    this.#folder = `${FOLDER}/${namespace}`;
  }

  /** Before the first program starts there; afterwards a change is seen at the next look-up. */
  write(addresses: Readonly<Record<string, string>>): void {
    mkdirSync(this.#folder, { recursive: true });
    const lines = Object.entries(addresses).map(([name, address]) => `${address} ${name}\n`);
    // The same file for ever: `ip netns exec` mounts the file, not its name.
    writeFileSync(`${this.#folder}/hosts`, `127.0.0.1 localhost\n${lines.join('')}`);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
