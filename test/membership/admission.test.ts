import { describe, expect, it, test } from 'vitest';
import {
  type Admission,
  type AdmissionInput,
  admit,
  type Refusal,
} from '../../src/membership/admission.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import type { ViewEntry } from '../../src/membership/view.ts';

const SELF = NodeId.parse('me@10.0.0.1:1');
const PEER = NodeId.parse('you@10.0.0.2:1');

const knows = (part: Partial<ViewEntry>): ViewEntry => ({
  id: PEER,
  uid: 'new',
  incarnation: 5,
  state: 'alive',
  since: 0,
  ...part,
});

const asked = (part: Partial<AdmissionInput>): Admission =>
  admit({
    self: { id: SELF, uid: 'mine' },
    leaving: false,
    hasRoom: true,
    expectedPeer: '',
    peer: { id: PEER, uid: 'new', incarnation: 5 },
    known: undefined,
    sessionUid: null,
    ...part,
  });

const accept = { kind: 'accept' };

const refuse = (status: Refusal, knownIncarnation = 0) => ({
  kind: 'refuse',
  status,
  knownIncarnation,
});
const challenge = (ifAlive: string) => ({ kind: 'challenge', ifAlive });

it('accepts a peer never heard of', () => {
  expect(asked({})).toEqual(accept);
});

it('refuses everybody while leaving', () => {
  expect(asked({ leaving: true, expectedPeer: 'x@' })).toEqual(refuse('leaving'));
  expect(asked({ leaving: true, sessionUid: 'new' })).toEqual(refuse('leaving'));
});

describe('whom the dialer expects', () => {
  test.each([
    ['', true],
    ['me@10.0.0.1:1', true],
    ['me@', true],
    ['me@10.0.0.9:1', false],
    ['you@', false],
    ['m@', false],
    ['e@', false],
    ['me', false],
    ['me@10.0.0.1', false],
    ['me@10.0.0.1:11', false],
    ['@', false],
  ])('%j leads here: %s', (expectedPeer, expected) => {
    expect(asked({ expectedPeer })).toEqual(expected ? accept : refuse('wrongPeer'));
  });
});

it('refuses another process under its own name', () => {
  expect(asked({ peer: { id: SELF, uid: 'other', incarnation: 99 } })).toEqual(
    refuse('nameConflict'),
  );
});

describe('without a session', () => {
  test.each<[string, Partial<ViewEntry>, object]>([
    ['the same life, alive', { incarnation: 5 }, accept],
    ['the same life, alive, at a higher incarnation', { incarnation: 7 }, accept],
    ['the same life, down, earlier', { incarnation: 4, state: 'down' }, accept],
    ['the same life, down', { incarnation: 5, state: 'down' }, refuse('stale', 5)],
    ['the same life, down, later', { incarnation: 8, state: 'down' }, refuse('stale', 8)],
    ['the same life, left', { incarnation: 5, state: 'left' }, refuse('stale', 5)],
    ['the same life, left, earlier', { incarnation: 4, state: 'left' }, accept],
    ['another life, earlier', { uid: 'old', incarnation: 4 }, accept],
    ['another life at the same time', { uid: 'old', incarnation: 5 }, refuse('stale', 5)],
    ['another life, later', { uid: 'old', incarnation: 6 }, refuse('stale', 6)],
    [
      'another life, later and down',
      { uid: 'old', incarnation: 6, state: 'down' },
      refuse('stale', 6),
    ],
    ['another life, earlier and left', { uid: 'old', incarnation: 4, state: 'left' }, accept],
  ])('when the view has %s', (_, known, expected) => {
    expect(asked({ known: knows(known) })).toEqual(expected);
  });
});

describe('with an open session', () => {
  test.each<[string, string, Partial<ViewEntry>, object]>([
    ['of the same life', 'new', { incarnation: 5 }, challenge('duplicate')],
    ['of the same life, grown since', 'new', { incarnation: 9 }, challenge('duplicate')],
    ['of an earlier life', 'old', { uid: 'old', incarnation: 4 }, challenge('nameConflict')],
    ['of an equal life', 'old', { uid: 'old', incarnation: 5 }, challenge('nameConflict')],
    ['of a later life', 'old', { uid: 'old', incarnation: 6 }, refuse('stale', 6)],
  ])('%s', (_, sessionUid, known, expected) => {
    expect(asked({ sessionUid, known: knows(known) })).toEqual(expected);
  });

  it('of another life that the view has forgotten', () => {
    expect(asked({ sessionUid: 'old' })).toEqual(challenge('nameConflict'));
  });
});

describe('a node that knows as many others as it may', () => {
  it('lets in nobody new, and tells them to come again', () => {
    expect(asked({ hasRoom: false })).toEqual(refuse('busy'));
  });
});
