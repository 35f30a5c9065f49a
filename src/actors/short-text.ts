/** Texts that go to another node: well-formed, and short, were it a whole disk that was thrown. */
const MAX_LENGTH = 1_000;

export function shortened(text: string): string {
  return (text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}...` : text).toWellFormed();
}

/** Never throws. */
export function textOf(thrown: unknown): string {
  try {
    return shortened(String(thrown));
  } catch {
    return 'something without a text was thrown';
  }
}
