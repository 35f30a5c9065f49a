import { habitProblems, shapeProblem } from './habits.ts';
import { importsOf } from './imports.ts';
import { directionProblem, placeProblem } from './layers.ts';
import { packageProblem } from './packages.ts';

/** Every rule of the layout over a tree of sources, given as path and text; one line a violation. */
export function violationsIn(files: ReadonlyMap<string, string>): readonly string[] {
  return [...files].flatMap(([path, text]) => {
    const whole = [placeProblem(path), shapeProblem(path, text)].filter(isText);
    const imports = importsOf(text).flatMap((imported) =>
      [directionProblem(path, imported), packageProblem(path, imported)]
        .filter(isText)
        .map((problem) => ({ line: imported.line, text: problem })),
    );
    const lines = [...imports, ...habitProblems(path, text)].sort((a, b) => a.line - b.line);
    return [
      ...whole.map((problem) => `${path}: ${problem}`),
      ...lines.map((problem) => `${path}:${problem.line}: ${problem.text}`),
    ];
  });
}

function isText(value: string | null): value is string {
  return value !== null;
}
