/** What users give to calls about actors: what is wrong is said before anything is done. */
import { Ref } from '../actors/ref.ts';
import { InvalidArgumentError } from '../errors/actors.ts';
import { preview } from '../errors.ts';
import { suggestion } from './suggestion.ts';

/** @throws InvalidArgumentError */
export function checkRef(name: string, value: unknown): void {
  if (value instanceof Ref) return;
  throw new InvalidArgumentError(`${name} must be a reference to an actor, got ${preview(value)}`);
}

/** @throws InvalidArgumentError */
export function checkOptions(call: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = suggestion(unknown, known);
  const advice = meant === null ? `known are ${known.join(', ')}` : `did you mean "${meant}"?`;
  throw new InvalidArgumentError(`unknown option ${preview(unknown)} of ${call}; ${advice}`);
}
