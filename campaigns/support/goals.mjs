// Rows of a report: a goal, what was measured, and whether that is good enough.

const shown = (value) => (Number.isInteger(value) ? value : Math.round(value * 10) / 10);
const withUnit = (value, unit) =>
  `${shown(value).toLocaleString('en')}${unit === '' ? '' : ` ${unit}`}`;

export function atMost(what, limit, value, unit = '') {
  const goal = `at most ${withUnit(limit, unit)}`;
  return { what, goal, measured: withUnit(value, unit), ok: value <= limit };
}

/** Worth knowing, but no promise: it depends on the machine, or nobody asked for it. */
export function unjudged(what, value, unit = '') {
  return { what, goal: 'none set', measured: withUnit(value, unit), ok: true };
}

export function exactly(what, wanted, value, unit = '') {
  return {
    what,
    goal: wanted === 0 ? 'none' : withUnit(wanted, unit),
    measured: withUnit(value, unit),
    ok: value === wanted,
  };
}
