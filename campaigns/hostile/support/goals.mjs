// Rows of a report, and figures as text.

export const MEBIBYTE = 2 ** 20;

export const goal = (what, wanted, measured, ok) => ({
  what,
  goal: wanted,
  measured: String(measured),
  ok,
});

/** A list of things that were not to happen. */
export function losses(what, lost) {
  const shown = lost.slice(0, 5).join('; ');
  const measured = lost.length === 0 ? '0' : `${lost.length}: ${shown}`;
  return goal(what, 'none', measured, lost.length === 0);
}

export const ms = (value) => `${value < 10 ? value.toFixed(2) : Math.round(value)} ms`;
export const mib = (bytes) => `${(bytes / MEBIBYTE).toFixed(1)} MiB`;
export const percent = (share) => `${(share * 100).toFixed(1)} %`;
