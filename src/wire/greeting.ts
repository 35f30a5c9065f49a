/** H1 and H2: who each side says it is, and on what terms it would talk. */
import { FIXED } from '../limits.ts';
import { type Ext, readExt, writeExt } from './ext.ts';
import { FieldError, FieldReader, FieldWriter } from './handshake-fields.ts';

export interface Identity {
  readonly id: string;
  /** 32 hex digits: which life. */
  readonly uid: string;
  readonly incarnation: number;
}

export interface Hello {
  readonly wireMin: number;
  readonly wireMax: number;
  /** A bit for each suite on offer; none: plaintext. */
  readonly suites: number;
  readonly features: number;
  readonly clusterName: string;
  readonly nonce: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly identity: Identity;
  /** A node id, `name@`, or nothing. */
  readonly expectedPeer: string;
  readonly ext: Ext;
}

export interface Challenge {
  readonly wire: number;
  readonly suite: number;
  readonly features: number;
  readonly clusterName: string;
  readonly nonce: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly identity: Identity;
  /** Whom the acceptor believes to talk to. */
  readonly dialerId: string;
  readonly ext: Ext;
}

const MAGIC = Buffer.from('CMSH');
const NONCE_BYTES = 32;
const PUBLIC_KEY_BYTES = 32;
const UID_BYTES = 16;
const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function startsWithMagic(body: Uint8Array): boolean {
  return MAGIC.every((byte, at) => byte === body[at]);
}

/** Readable whatever the version, so that a mismatch can be told apart from noise. */
export function helloVersions(body: Uint8Array): { wireMin: number; wireMax: number } | null {
  const wireMin = body[MAGIC.length];
  const wireMax = body[MAGIC.length + 1];
  return wireMin === undefined || wireMax === undefined ? null : { wireMin, wireMax };
}

export function encodeHello(hello: Hello): Uint8Array {
  const writer = new FieldWriter()
    .raw(MAGIC)
    .u8(hello.wireMin)
    .u8(hello.wireMax)
    .u8(hello.suites)
    .u32(hello.features)
    .text(hello.clusterName)
    .raw(hello.nonce)
    .raw(hello.publicKey);
  writeIdentity(writer, hello.identity).text(hello.expectedPeer);
  writeExt(writer, hello.ext);
  return writer.bytes();
}

export function decodeHello(body: Uint8Array): Hello | null {
  return parsed(body, (reader) => ({
    wireMin: reader.u8(),
    wireMax: reader.u8(),
    suites: reader.u8(),
    features: reader.u32(),
    clusterName: readClusterName(reader),
    nonce: reader.raw(NONCE_BYTES),
    publicKey: reader.raw(PUBLIC_KEY_BYTES),
    identity: readIdentity(reader),
    expectedPeer: readExpectedPeer(reader),
    ext: readExt(reader),
  }));
}

export function encodeChallenge(challenge: Challenge): Uint8Array {
  const writer = new FieldWriter()
    .raw(MAGIC)
    .u8(challenge.wire)
    .u8(challenge.suite)
    .u32(challenge.features)
    .text(challenge.clusterName)
    .raw(challenge.nonce)
    .raw(challenge.publicKey);
  writeIdentity(writer, challenge.identity).text(challenge.dialerId);
  writeExt(writer, challenge.ext);
  return writer.bytes();
}

export function decodeChallenge(body: Uint8Array): Challenge | null {
  return parsed(body, (reader) => ({
    wire: reader.u8(),
    suite: reader.u8(),
    features: reader.u32(),
    clusterName: readClusterName(reader),
    nonce: reader.raw(NONCE_BYTES),
    publicKey: reader.raw(PUBLIC_KEY_BYTES),
    identity: readIdentity(reader),
    dialerId: readId(reader),
    ext: readExt(reader),
  }));
}

/** Null for bytes that are no such message. */
function parsed<T>(body: Uint8Array, read: (reader: FieldReader) => T): T | null {
  if (!startsWithMagic(body)) return null;
  const reader = new FieldReader(body, MAGIC.length);
  try {
    const message = read(reader);
    reader.end();
    return message;
  } catch (error) {
    if (error instanceof FieldError) return null;
    throw error;
  }
}

function writeIdentity(writer: FieldWriter, { id, uid, incarnation }: Identity): FieldWriter {
  return writer.text(id).u64(incarnation).raw(Buffer.from(uid, 'hex'));
}

function readIdentity(reader: FieldReader): Identity {
  const id = readId(reader);
  const incarnation = reader.u64();
  const uid = reader.hex(UID_BYTES);
  return { id, uid, incarnation };
}

function readId(reader: FieldReader): string {
  const id = reader.printable(FIXED.maxNodeIdBytes);
  if (!id.includes('@')) throw new FieldError('a node id has no @');
  return id;
}

function readExpectedPeer(reader: FieldReader): string {
  const expected = reader.printable(FIXED.maxNodeIdBytes);
  if (expected !== '' && !expected.includes('@')) throw new FieldError('a node id has no @');
  return expected;
}

function readClusterName(reader: FieldReader): string {
  const bytes = reader.block(FIXED.maxClusterNameBytes);
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    throw new FieldError('a cluster name is no UTF-8');
  }
}
