import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { createBehaviors } from '../../src/actors/behaviors.ts';
import { InvalidBehaviorError } from '../../src/errors/actors.ts';

const echo = (message: unknown) => message;
const other = (message: unknown) => message;

function refusal(options: unknown, behavior: unknown = echo): unknown {
  const behaviors = createBehaviors();
  try {
    Reflect.apply(behaviors.register, behaviors, ['counter', behavior, options]);
  } catch (error) {
    expect(behaviors.has('counter')).toBe(false);
    return error;
  }
  throw new Error('it was registered');
}

describe('the options of a behavior', () => {
  test('are complete, whatever is given', () => {
    const behaviors = createBehaviors();
    const schema = v.string();
    behaviors.register('plain', echo);
    behaviors.register('other', other, { schema, restart: { when: 'onError', maxDelayMs: 9_000 } });
    behaviors.register('odd', echo, { schema: undefined, restart: { maxRestarts: undefined } });
    const never = {
      when: 'never',
      maxRestarts: 5,
      withinMs: 30_000,
      minDelayMs: 100,
      maxDelayMs: 5_000,
    };
    expect(behaviors.getOptions('plain')).toEqual({ schema: null, restart: never });
    expect(behaviors.getOptions('odd')).toEqual({ schema: null, restart: never });
    expect(behaviors.getOptions('other')).toEqual({
      schema,
      restart: { ...never, when: 'onError', maxDelayMs: 9_000 },
    });
    expect(behaviors.getOptions('nobody')).toBeUndefined();
    expect(behaviors.get('other')).toBe(other);
  });

  test.each([
    [null, 'the options are null'],
    [{ restart: 5 }, 'restart must be an object, and is 5'],
    [{ retry: {} }, 'there is no option retry; known are schema, restart'],
    [
      { restart: { max: 1 } },
      'there is no option restart.max; known are when, maxRestarts, withinMs, minDelayMs, maxDelayMs',
    ],
    [{ restart: { when: 'often' } }, 'restart.when must be one of never, onError, always'],
    [{ restart: { withinMs: 0 } }, 'restart.withinMs must be an integer from 1 to 86400000'],
    [{ schema: {} }, 'schema must implement Standard Schema v1 (https://standardschema.dev)'],
    [
      { schema: { '~standard': { version: 2, validate: () => ({ value: 1 }) } } },
      'schema must implement Standard Schema v1 (https://standardschema.dev)',
    ],
  ])('%j are refused', (options, reason) => {
    const error = refusal(options);
    expect(error).toBeInstanceOf(InvalidBehaviorError);
    expect(error).toMatchObject({ code: 'INVALID_BEHAVIOR', behavior: 'counter', reason });
  });
});

test.each([
  [5, '5'],
  [null, 'null'],
  ['counter', '"counter"'],
  [{ init: () => 0, handleCall: () => [0, 0] }, 'a value of type object'],
])('a behavior must be logic, a function or a server: not %j', (behavior, text) => {
  const error = refusal({}, behavior);
  expect(error).toBeInstanceOf(InvalidBehaviorError);
  const rule =
    'a behavior is XState logic, a function, or a server with init, handleCall and handleCast';
  expect(error).toMatchObject({ behavior: 'counter', reason: `${rule}; this is ${text}` });
});
