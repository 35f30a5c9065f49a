// Just enough of a TypeScript scanner to tell code from comments, strings and regular expressions.

/** Words after which a slash begins a regular expression, not a division. */
const BEFORE_REGEX = /(?:^|[=(,:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|void|delete))\s*$/;

/**
 * The text at its old positions, with comments and the insides of strings, templates and regular
 * expressions turned into spaces. Quotes, line breaks and the code inside `${}` stay.
 */
export function bareCode(text: string): string {
  const out: string[] = [];
  /** For each open `${`, the depth of braces inside it. */
  const holes: number[] = [];
  let at = 0;

  const keep = (length: number) => {
    out.push(text.slice(at, at + length));
    at += length;
  };
  const blank = (end: number) => {
    out.push(text.slice(at, end).replace(/[^\n]/g, ' '));
    at = end;
  };
  const template = () => {
    let end = at;
    while (end < text.length && text[end] !== '`' && !text.startsWith('${', end)) {
      end += text[end] === '\\' ? 2 : 1;
    }
    blank(Math.min(end, text.length));
    if (text[at] === '`') keep(1);
    else if (at < text.length) {
      keep(2);
      holes.push(0);
    }
  };

  while (at < text.length) {
    const char = text.charAt(at);
    const pair = text.slice(at, at + 2);
    if (pair === '//') blank(endOf(text, '\n', at));
    else if (pair === '/*') blank(endOf(text, '*/', at + 2) + 2);
    else if (char === "'" || char === '"') {
      keep(1);
      blank(closing(text, at, char));
      keep(1);
    } else if (char === '`') {
      keep(1);
      template();
    } else if (char === '/' && BEFORE_REGEX.test(out.join('').slice(-80))) {
      keep(1);
      blank(closing(text, at, '/'));
      keep(1);
    } else {
      const depth = holes.at(-1);
      if (depth !== undefined && char === '{') holes[holes.length - 1] = depth + 1;
      if (depth !== undefined && char === '}') {
        if (depth > 0) holes[holes.length - 1] = depth - 1;
        else {
          holes.pop();
          keep(1);
          template();
          continue;
        }
      }
      keep(1);
    }
  }
  return out.join('');
}

/** Where `mark` comes next; what never ends, ends with the text. */
function endOf(text: string, mark: string, from: number): number {
  const index = text.indexOf(mark, from);
  return index === -1 ? text.length : index;
}

/** Where the literal that began before `from` ends; a slash in a character class does not count. */
function closing(text: string, from: number, quote: string): number {
  let inClass = false;
  for (let i = from; i < text.length; i += 1) {
    const char = text[i];
    if (char === '\n') return i;
    if (char === '\\') i += 1;
    else if (quote === '/' && char === '[') inClass = true;
    else if (quote === '/' && char === ']') inClass = false;
    else if (char === quote && !inClass) return i;
  }
  return text.length;
}

export function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
