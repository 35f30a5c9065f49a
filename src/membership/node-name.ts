/** The part of a node id before the `@`. */
import { FIXED } from '../limits.ts';

/** Why a text cannot be a node's name; null when it can. */
export function nodeNameProblem(name: string): string | null {
  if (name === '') return 'name is empty';
  if (name.length > FIXED.maxNodeNameLength) {
    return `name must have at most ${FIXED.maxNodeNameLength} characters`;
  }
  if (!/^[A-Za-z]/.test(name)) return 'name must start with a letter';
  return /^[A-Za-z0-9_-]+$/.test(name)
    ? null
    : 'name must consist of letters, digits, underscores and hyphens';
}
