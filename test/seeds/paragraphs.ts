/** Turns a fragment into something that runs: its paragraphs become nested blocks that report. */

export interface FragmentParts {
  readonly imports: string;
  readonly body: string;
}

export function partsOf(text: string): FragmentParts {
  const pattern = /^import [^;]*;$/gm;
  return { imports: (text.match(pattern) ?? []).join('\n'), body: text.replace(pattern, '') };
}

/** A later paragraph may declare a name again, as prose does, and still sees the earlier ones. */
export function nested(body: string): string {
  return nest(paragraphsOf(body));
}

/** The same, and each paragraph prints the values it declared or promised in a comment. */
export function reporting(body: string): string {
  return nest(paragraphsOf(body).map(told));
}

function paragraphsOf(body: string): readonly string[] {
  return body.split(/\n\s*\n(?=\S)/);
}

function nest(blocks: readonly string[]): string {
  return `${blocks.join('\n{\n')}\n${'}'.repeat(blocks.length - 1)}\n`;
}

function told(paragraph: string): string {
  const promises = paragraph.replace(
    /^(NodeId\..*\)); *\/\/ (true|false)\b.*$/gm,
    (_, call, promised) => `report(${JSON.stringify(call)}, [${call}, ${promised}]);`,
  );
  return [promises, ...declared(paragraph).map((name) => `report('${name}', ${name});`)].join('\n');
}

function declared(paragraph: string): readonly string[] {
  const declarations = paragraph.matchAll(/^const (?:\{ (.*?) \}|(\w+)) = /gm);
  return [...declarations].flatMap(([, several, one]) => several?.split(', ') ?? one ?? []);
}
