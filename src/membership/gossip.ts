/**
 * What nodes tell each other about nodes.
 *
 * A view travels in chunks that each cover a range of ids, so the receiver knows what is missing
 * in one without having seen the others.
 */
import { isNodeId } from './node-id.ts';
import { compareClaims, type Retention, retentionMs, type View, type ViewEntry } from './view.ts';

export interface GossipEntry {
  readonly id: string;
  readonly uid: string;
  readonly incarnation: number;
  readonly state: ViewEntry['state'];
  /** How long it has been a tombstone; 0 while alive. Clocks of nodes share no zero. */
  readonly ageMs: number;
}

export interface GossipView {
  /** Covers the ids with `after < id <= upTo`; upTo null means to the end. */
  readonly after: string;
  readonly upTo: string | null;
  /** The receiver should answer with what is newer or missing here. */
  readonly pull: boolean;
  readonly entries: readonly GossipEntry[];
}

export interface GossipOptions {
  readonly maxEntries: number;
  readonly retention: Retention;
}

/** Keeps a chunk of the longest possible ids below one record of 64 KiB. */
const MAX_CHUNK_BYTES = 49_152;
/** Of an entry besides its id: uid, incarnation, state, age and their headers. */
const ENTRY_BYTES = 48;

/** The whole view, in at least one chunk. */
export function wholeView(
  view: View,
  now: number,
  options: GossipOptions & { readonly pull: boolean },
): GossipView[] {
  const entries = view.entries().filter((entry) => isTellable(entry, now, options.retention));
  return ranges('', null, entries, now, options);
}

/** What is newer here than in the other's chunk, or missing there, in as many chunks as needed. */
export function answersTo(
  view: View,
  chunk: GossipView,
  now: number,
  options: GossipOptions,
): GossipView[] {
  const theirs = new Map(chunk.entries.map((entry) => [entry.id, entry]));
  const news = view.entries().filter((entry) => {
    if (entry.id <= chunk.after || (chunk.upTo !== null && entry.id > chunk.upTo)) return false;
    if (!isTellable(entry, now, options.retention)) return false;
    const other = theirs.get(entry.id);
    // Ages always differ by the time on the way; alone they are no news, or answers never end.
    return other === undefined || compareClaims(entry, other) > 0;
  });
  if (news.length === 0) return [];
  return ranges(chunk.after, chunk.upTo, news, now, { ...options, pull: false });
}

/** Checked and converted: null for an entry that no sound node would send. */
export function toViewEntry(entry: GossipEntry, now: number): ViewEntry | null {
  const { id, uid, incarnation, state, ageMs } = entry;
  if (!isNodeId(id) || uid === '') return null;
  if (!Number.isSafeInteger(incarnation) || incarnation < 0) return null;
  if (!Number.isFinite(ageMs) || ageMs < 0) return null;
  return { id, uid, incarnation, state, since: state === 'alive' ? 0 : now - ageMs };
}

export function toGossipEntry(entry: ViewEntry, now: number): GossipEntry {
  const { id, uid, incarnation, state, since } = entry;
  const ageMs = state === 'alive' ? 0 : Math.max(0, Math.floor(now - since));
  return { id, uid, incarnation, state, ageMs };
}

/** An older tombstone would come back to nodes that have just forgotten it. */
function isTellable(entry: ViewEntry, now: number, retention: Retention): boolean {
  return entry.state === 'alive' || now - entry.since <= retentionMs(entry.state, retention) / 2;
}

function ranges(
  after: string,
  upTo: string | null,
  entries: readonly ViewEntry[],
  now: number,
  options: GossipOptions & { readonly pull: boolean },
): GossipView[] {
  const groups = grouped(entries, options.maxEntries);
  return groups.map((group, index) => ({
    after: index === 0 ? after : (groups[index - 1]?.at(-1)?.id ?? after),
    upTo: index === groups.length - 1 ? upTo : (group.at(-1)?.id ?? upTo),
    pull: options.pull,
    entries: group.map((entry) => toGossipEntry(entry, now)),
  }));
}

/** At least one group; none over the number or the size of a chunk. */
function grouped(entries: readonly ViewEntry[], maxEntries: number): ViewEntry[][] {
  let group: ViewEntry[] = [];
  let bytes = 0;
  const groups = [group];
  for (const entry of entries) {
    const entryBytes = entry.id.length + ENTRY_BYTES;
    const isFull = group.length >= maxEntries || bytes + entryBytes > MAX_CHUNK_BYTES;
    if (isFull && group.length > 0) {
      group = [];
      bytes = 0;
      groups.push(group);
    }
    group.push(entry);
    bytes += entryBytes;
  }
  return groups;
}
