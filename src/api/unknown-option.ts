import { InvalidClusterConfigError, preview } from '../errors.ts';
import { suggestion } from './suggestion.ts';

export function refuseUnknown(
  kind: string,
  names: readonly string[],
  known: readonly string[],
): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = suggestion(unknown, known);
  const advice = meant === null ? `known are ${known.join(', ')}` : `did you mean "${meant}"?`;
  throw new InvalidClusterConfigError(`unknown ${kind} ${preview(unknown)}; ${advice}`);
}
