/**
 * Control messages. A record's body is `[type, fields, type, fields, ...]`; fields are an array
 * that may grow at its end, and whoever does not know the surplus ignores it.
 */
import * as v from 'valibot';
import { decode, encode } from './codec.ts';
import {
  count,
  digest,
  durationMs,
  entries,
  fromHex,
  id,
  optionalDurationMs,
  toFields,
  uid,
  type WireEntry,
  wholeMs,
} from './control-fields.ts';

export type { WireEntry } from './control-fields.ts';

export type ControlMessage =
  /** The first message each way. */
  | {
      readonly type: 'hello';
      readonly incarnation: number;
      /** The highest incarnation of the receiver's id that the sender knows; 0 if none. */
      readonly knownIncarnation: number;
      readonly uptimeMs: number;
      readonly processCount: number;
      /** 16 hex digits. */
      readonly digest: string;
      readonly entries: readonly WireEntry[];
      readonly services: readonly string[];
    }
  | {
      readonly type: 'heartbeat';
      readonly sequence: number;
      /** Since anything was heard from the receiver; -1 if never. */
      readonly heardAgeMs: number;
      readonly incarnation: number;
      readonly uptimeMs: number;
      readonly processCount: number;
      readonly digest: string;
    }
  /** All that the sender knows of the ids with `after < id <= upTo`, sorted by id. */
  | {
      readonly type: 'view';
      readonly after: string;
      /** Null: to the end. */
      readonly upTo: string | null;
      /** The receiver should answer with what is newer there. */
      readonly pull: boolean;
      readonly entries: readonly WireEntry[];
    }
  | { readonly type: 'ping'; readonly nonce: number }
  | { readonly type: 'pong'; readonly nonce: number }
  | { readonly type: 'leave'; readonly incarnation: number }
  | { readonly type: 'leaveAck' }
  /** Somebody claims this about the receiver. */
  | { readonly type: 'accused'; readonly uid: string; readonly incarnation: number }
  | { readonly type: 'bye' }
  /** The receiver's advertised address did not answer as the receiver. */
  | { readonly type: 'unreachable'; readonly address: string; readonly failure: string }
  /** When was this life of a node last heard? Asked of others before silence is a verdict. */
  | { readonly type: 'contactAsked'; readonly id: string; readonly uid: string }
  /** The answer; -1 when there is no session with that life. */
  | {
      readonly type: 'contact';
      readonly id: string;
      readonly uid: string;
      readonly ageMs: number;
    };

export type DecodedControl =
  | { readonly ok: true; readonly messages: ControlMessage[]; readonly unknown: number }
  | { readonly ok: false; readonly reason: 'protocol' | 'version'; readonly detail: string };

/** Below 128: whoever does not know it must hang up. From 128 on: may be skipped. */
const FIRST_OPTIONAL_CODE = 128;
const LAST_CODE = 255;

const CODES: Readonly<Record<ControlMessage['type'], number>> = {
  hello: 1,
  heartbeat: 2,
  view: 3,
  ping: 4,
  pong: 5,
  leave: 6,
  leaveAck: 7,
  accused: 8,
  bye: 9,
  unreachable: 128,
  contactAsked: 129,
  contact: 130,
};

function fieldsOf(message: ControlMessage): readonly unknown[] {
  switch (message.type) {
    case 'hello': {
      const { incarnation, knownIncarnation, uptimeMs, processCount, services } = message;
      const told = message.entries.map(toFields);
      const known = fromHex(message.digest);
      const up = wholeMs(uptimeMs);
      return [incarnation, knownIncarnation, up, processCount, known, told, services];
    }
    case 'heartbeat': {
      const { sequence, incarnation, processCount } = message;
      const known = fromHex(message.digest);
      const [heard, up] = [wholeMs(message.heardAgeMs), wholeMs(message.uptimeMs)];
      return [sequence, heard, incarnation, up, processCount, known];
    }
    case 'view':
      return [message.after, message.upTo, message.pull, message.entries.map(toFields)];
    case 'ping':
    case 'pong':
      return [message.nonce];
    case 'leave':
      return [message.incarnation];
    case 'accused':
      return [fromHex(message.uid), message.incarnation];
    case 'unreachable':
      return [message.address, message.failure];
    case 'contactAsked':
      return [message.id, fromHex(message.uid)];
    case 'contact':
      return [message.id, fromHex(message.uid), wholeMs(message.ageMs)];
    case 'leaveAck':
    case 'bye':
      return [];
    default:
      return message satisfies never;
  }
}

const hello = v.pipe(
  v.looseTuple([count, count, durationMs, count, digest, entries, v.array(v.string())]),
  v.transform(
    ([incarnation, knownIncarnation, uptimeMs, processCount, digest, entries, services]) => ({
      type: 'hello' as const,
      ...{ incarnation, knownIncarnation, uptimeMs, processCount, digest, entries, services },
    }),
  ),
);

const heartbeat = v.pipe(
  v.looseTuple([count, optionalDurationMs, count, durationMs, count, digest]),
  v.transform(([sequence, heardAgeMs, incarnation, uptimeMs, processCount, digest]) => ({
    type: 'heartbeat' as const,
    ...{ sequence, heardAgeMs, incarnation, uptimeMs, processCount, digest },
  })),
);

const view = v.pipe(
  v.looseTuple([id, v.nullable(id), v.boolean(), entries]),
  v.transform(([after, upTo, pull, entries]) => ({
    type: 'view' as const,
    ...{ after, upTo, pull, entries },
  })),
);

const accused = v.pipe(
  v.looseTuple([uid, count]),
  v.transform(([uid, incarnation]) => ({ type: 'accused' as const, uid, incarnation })),
);

const unreachable = v.pipe(
  v.looseTuple([v.string(), v.string()]),
  v.transform(([address, failure]) => ({ type: 'unreachable' as const, address, failure })),
);

const contactAsked = v.pipe(
  v.looseTuple([id, uid]),
  v.transform(([id, uid]) => ({ type: 'contactAsked' as const, id, uid })),
);

const contact = v.pipe(
  v.looseTuple([id, uid, optionalDurationMs]),
  v.transform(([id, uid, ageMs]) => ({ type: 'contact' as const, id, uid, ageMs })),
);

const leave = v.pipe(
  v.looseTuple([count]),
  v.transform(([incarnation]) => ({ type: 'leave' as const, incarnation })),
);

function numbered<T extends 'ping' | 'pong'>(type: T) {
  return v.pipe(
    v.looseTuple([v.number()]),
    v.transform(([nonce]) => ({ type, nonce })),
  );
}

function bare<T extends 'leaveAck' | 'bye'>(type: T) {
  return v.pipe(
    v.looseTuple([]),
    v.transform(() => ({ type })),
  );
}

type Schema = v.GenericSchema<unknown, ControlMessage>;

const SCHEMAS: ReadonlyMap<number, Schema> = new Map<number, Schema>([
  [CODES.hello, hello],
  [CODES.heartbeat, heartbeat],
  [CODES.view, view],
  [CODES.ping, numbered('ping')],
  [CODES.pong, numbered('pong')],
  [CODES.leave, leave],
  [CODES.leaveAck, bare('leaveAck')],
  [CODES.accused, accused],
  [CODES.bye, bare('bye')],
  [CODES.unreachable, unreachable],
  [CODES.contactAsked, contactAsked],
  [CODES.contact, contact],
]);

export function encodeControl(messages: readonly ControlMessage[]): Uint8Array {
  return encode(messages.flatMap((message) => [CODES[message.type], fieldsOf(message)]));
}

/** All or nothing: a record with one wrong message is wrong. */
export function decodeControl(body: Uint8Array): DecodedControl {
  const decoded = decode(body);
  if (!decoded.ok) return wrong('protocol', decoded.reason);
  const slots = decoded.value;
  if (!Array.isArray(slots) || slots.length % 2 !== 0) return wrong('protocol', 'not a batch');
  const messages: ControlMessage[] = [];
  let unknown = 0;
  for (let at = 0; at < slots.length; at += 2) {
    const code: unknown = slots[at];
    if (!isCode(code)) return wrong('protocol', 'a message has no type');
    const schema = SCHEMAS.get(code);
    if (schema) {
      const parsed = v.safeParse(schema, slots[at + 1], { abortEarly: true });
      if (!parsed.success) return wrong('protocol', `message ${code}: ${parsed.issues[0].message}`);
      messages.push(parsed.output);
    } else if (code >= FIRST_OPTIONAL_CODE) {
      unknown += 1;
    } else {
      return wrong('version', `message ${code} is not known`);
    }
  }
  return { ok: true, messages, unknown };
}

function isCode(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= LAST_CODE;
}

function wrong(reason: 'protocol' | 'version', detail: string): DecodedControl {
  return { ok: false, reason, detail };
}
