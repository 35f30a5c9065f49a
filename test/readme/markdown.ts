// As much Markdown as the project's own pages use.

/** The contents of the fenced blocks in one language. */
export function fencedBlocks(page: string, language: string): readonly string[] {
  const blocks = page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm);
  return [...blocks].filter((match) => match[1] === language).map((match) => match[2] ?? '');
}

/** What stands below a heading, up to the next one of any level. */
export function section(page: string, heading: string): string {
  const [, after = ''] = page.split(new RegExp(`^#+ ${heading}$`, 'm'));
  return after.split(/^#+ /m)[0] ?? '';
}

/** The cells of each row of a table, without its head. */
export function tableRows(text: string): readonly (readonly string[])[] {
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

export function backticked(text: string): readonly string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
}

/** The targets of all links that lead to a file of the project. */
export function localLinks(page: string): readonly string[] {
  return [...page.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^\w+:/.test(target));
}
