/** What differs from machine to machine, taken out of the programs' output. */

/** Hosts become HOST, unless they are a wildcard, which nobody can dial; ports P1, P2, P3. */
export function normaliser(ports: readonly number[]): (line: string) => string {
  return (line) =>
    line.replace(/@(?!0\.0\.0\.0|\[::\])[^\s@*]+:(\d+)/, (_, port) => {
      return `@HOST:P${ports.indexOf(Number(port)) + 1}`;
    });
}

export function withoutColours(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is the point
  return line.replaceAll(/\x1b\[\d+m/g, '');
}
