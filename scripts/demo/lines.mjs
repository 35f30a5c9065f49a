// How the demo looks: coloured on a terminal, plain in a pipe or with NO_COLOR.
import { styleText } from 'node:util';

const isColoured = process.stdout.isTTY === true && !process.env.NO_COLOR;
const NODE_COLOURS = { a: 'cyan', b: 'magenta', c: 'blue' };
const STATE_COLOURS = [
  [/^(running|connected\.alive)$/, 'green'],
  [/^(connected\.suspect|connecting|starting|stopping)/, 'yellow'],
  [/^(disconnected|stopped)/, 'red'],
];

function paint(style, text) {
  return isColoured ? styleText(style, text) : text;
}

/** One move of one chart. */
export function moveLine({ atMs, node, chart, from, to }) {
  const state = STATE_COLOURS.find(([pattern]) => pattern.test(to))?.[1] ?? 'white';
  const name = paint(NODE_COLOURS[node] ?? 'white', node.padEnd(4));
  const move = `${from.padEnd(20)} -> ${paint(state, to)}`;
  return `${seconds(atMs)}  ${name}  ${chart.padEnd(8)}  ${move}`;
}

export const MOVE_HEADER = '   time  node  chart     move';

/** What happens next. */
export function chapterLine(atMs, text) {
  return `\n${paint('bold', `${seconds(atMs)}  ${text}`)}`;
}

/** What was just measured. */
export function resultLine(atMs, text) {
  return `${seconds(atMs)}  ${paint('green', `=> ${text}`)}`;
}

export function failureLine(text) {
  return paint('red', `demo failed: ${text}`);
}

/** Wide enough for 99 s. */
function seconds(ms) {
  return `${(ms / 1_000).toFixed(2).padStart(5)} s`;
}
