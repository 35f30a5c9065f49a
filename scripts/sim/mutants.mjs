// Known mistakes: each leaves out one rule, or turns it round. The text to be found must stand in
// the file exactly once, so that a source that has changed makes the command fail, not pass.

const edit = (file, find, replace) => ({ file, find, replace });

/** @type {readonly {name: string, edits: readonly import('./bundle.mjs').Edit[]}[]} */
export const MUTANTS = [
  {
    name: 'crossing dials: nobody gives way',
    edits: [
      edit(
        'src/node/arbiter.ts',
        "return !bout.committed.some(({ role }) => role === 'accept' || this.#self < peer);",
        'return true;',
      ),
    ],
  },
  {
    name: 'records: their number is not signed',
    edits: [
      edit('src/wire/record.ts', 'writeSequence(roomy, this.#sealed)', 'writeSequence(roomy, 0)'),
      edit(
        'src/wire/record.ts',
        'writeSequence(this.#prefix, this.#opened)',
        'writeSequence(this.#prefix, 0)',
      ),
    ],
  },
  {
    name: 'records: the tag is not compared',
    edits: [
      edit(
        'src/wire/record.ts',
        'if (!isSame(this.#tag, bodyAndTag.subarray(bodyBytes))) return this.#break();',
        'this.#break;',
      ),
    ],
  },
  {
    name: 'D3: no pause is ever noticed',
    edits: [
      edit(
        'src/membership/liveness.ts',
        'return lagMs > Math.max(100, intervalMs / 4);',
        'return false;',
      ),
    ],
  },
  {
    name: 'D3: the verdict is spoken in the turn of the timer',
    edits: [
      edit(
        'src/node/pulse.ts',
        'this.#clock.afterPoll(() => this.#look(now));\n  }\n\n  /** What was readable',
        'this.#look(now);\n  }\n\n  /** What was readable',
      ),
    ],
  },
  {
    name: 'D3: no health score',
    edits: [
      edit('src/node/pulse.ts', 'hearing.judge(now, this.#health.score)', 'hearing.judge(now, 0)'),
    ],
  },
  {
    name: 'D3: the health score never falls',
    edits: [
      edit(
        'src/membership/health.ts',
        'score: isTroubled ? score : Math.max(0, score - 1)',
        'score',
      ),
    ],
  },
  {
    name: 'D4: nobody else is asked about a silent node',
    edits: [
      edit(
        'src/node/verdicts.ts',
        'const witnesses = corroboration.conclude(id, uid);',
        'const witnesses = corroboration.conclude(id, uid).slice(0, 0);',
      ),
    ],
  },
  {
    name: 'D4: a witness counts without having heard anything',
    edits: [
      edit(
        'src/node/corroboration.ts',
        'if (this.#parts.clock.now() - ageMs < inquiry.askedAt) return;',
        '',
      ),
    ],
  },
  {
    name: 'D5: a death is recorded, but not told to who is accused',
    edits: [
      edit(
        'src/node/core.ts',
        "this.sessions.with(id)?.send({ type: 'accused', uid, incarnation }),",
        'undefined,',
      ),
    ],
  },
  {
    name: 'D5: a wrong death is not outlived',
    edits: [
      edit(
        'src/node/members.ts',
        'this.outlive(incarnation);\n    this.#owner.refuted();',
        'this.#owner.refuted();',
      ),
    ],
  },
  {
    name: 'D5: a refusal as stale does not raise the incarnation',
    edits: [
      edit(
        'src/node/dialer.ts',
        'if (accepted.status === STATUS.stale) this.#host.outlive(accepted.knownIncarnation);',
        '',
      ),
    ],
  },
  {
    name: 'D6: a life that does not answer is held on to while the next one is let in',
    edits: [
      edit(
        'src/node/door.ts',
        'if (!isAlive && present && asked.peerUid !== peer.uid) {',
        'if (!isAlive && present && !asked.peerUid) {',
      ),
    ],
  },
  {
    name: 'D6: another life of a name is taken for the same one',
    edits: [
      edit(
        'src/node/holding.ts',
        'former && former.peerUid !== peerUid ? former : null',
        'former && !former.peerUid ? former : null',
      ),
    ],
  },
  {
    name: 'D6: a life is never challenged',
    edits: [
      edit(
        'src/membership/admission.ts',
        "return { kind: 'challenge', ifAlive: 'nameConflict' };",
        "return refuse('nameConflict');",
      ),
    ],
  },
  {
    name: 'D6: whoever has the name keeps it, dead or alive',
    edits: [edit('src/node/door.ts', 'roundTripMs !== null ||', 'true ||')],
  },
  {
    name: 'D7: tombstones are not kept',
    edits: [
      edit(
        'src/membership/view.ts',
        "return state === 'left' ? retention.leftMs : retention.downMs;",
        'return 0;',
      ),
    ],
  },
  {
    name: 'D7: tombstones are never reaped',
    edits: [
      edit(
        'src/membership/view.ts',
        'now - entry.since > retentionMs(entry.state, retention) &&',
        'now - entry.since > retentionMs(entry.state, retention) && retention === null &&',
      ),
    ],
  },
  {
    name: 'D7: tombstones of the unknown are kept',
    edits: [
      edit(
        'src/node/members.ts',
        "if (entry.state !== 'alive' && !this.#view.get(entry.id)) return;",
        '',
      ),
    ],
  },
  {
    name: 'D7: tombstones are told for all their life',
    edits: [
      edit(
        'src/membership/gossip.ts',
        'now - entry.since <= retentionMs(entry.state, retention) / 2;',
        'now - entry.since <= retentionMs(entry.state, retention);',
      ),
    ],
  },
  {
    name: 'D7: hearsay is never doubted',
    edits: [edit('src/node/exchange.ts', 'this.#doubtUnmet();\n', '')],
  },
  {
    name: 'D7: the chart of a forgotten node lives on',
    edits: [edit('src/node/core.ts', 'this.peers.forget(id);', '')],
  },
  {
    name: 'D8: a link that takes nothing is kept',
    edits: [edit('src/node/pulse.ts', 'session.stalledMs(now) >= this.#limitMs', 'false')],
  },
  {
    name: 'D8: the queue of a link has no limit',
    edits: [
      edit(
        'src/node/session.ts',
        'queuedBytes > this.#limits.maxControlQueueBytes + this.#dataInLink',
        'false',
      ),
    ],
  },
  {
    name: 'D9: heartbeats do not say what was heard',
    edits: [
      edit(
        'src/node/exchange.ts',
        'heardAgeMs: session.hearing.silenceMs(ports.clock.now()),',
        'heardAgeMs: 0,',
      ),
    ],
  },
  {
    name: 'D10: failures are never forgotten',
    edits: [
      edit(
        'src/machines/peer.ts',
        "after: { healthy: { actions: 'forgetFailures' } },",
        'after: {},',
      ),
    ],
  },
  {
    name: 'D10: the backoff has no maximum',
    edits: [
      edit(
        'src/membership/backoff.ts',
        'Math.min(maxMs, baseMs * 2 ** exponent)',
        'baseMs * 2 ** exponent',
      ),
    ],
  },
  {
    name: 'D10: no backoff at all',
    edits: [
      edit('src/membership/backoff.ts', 'Math.min(maxMs, baseMs * 2 ** exponent)', '0 * maxMs'),
    ],
  },
  {
    name: 'D10: any number of dials at once',
    edits: [edit('src/node/dial-slots.ts', 'while (this.#taken < this.#max()) {', 'for (;;) {')],
  },
  {
    name: 'D10: a name is resolved once for all',
    edits: [
      edit(
        'src/node/dialling.ts',
        'const { limits, ports } = core;\n    this.#core = core;',
        `const { limits, ports: real } = core;
        this.#core = core;
        const known = new Map();
        const resolve = (host, done) => {
          const before = known.get(host);
          if (before) {
            const timer = real.clock.setTimeout(() => done(before), 0);
            return () => real.clock.clearTimeout(timer);
          }
          return real.resolver.resolve(host, (found) => {
            if (found.ok) known.set(host, found);
            done(found);
          });
        };
        const ports = { ...real, resolver: { resolve } };`,
      ),
    ],
  },
  {
    name: 'D11: a session counts before it is confirmed',
    edits: [
      edit(
        'src/node/acceptor.ts',
        'this.#session = session;',
        'this.#session = session;\n    this.#host.publish(session, peer.incarnation);',
      ),
    ],
  },
  {
    name: 'D12: a goodbye is taken for a crash',
    edits: [
      edit(
        'src/node/inbox.ts',
        "return this.#core.holding.fall(session, 'left', { type: 'leave' });",
        "return this.#core.holding.cut(session, 'closed');",
      ),
    ],
  },
  {
    name: 'D12: who has left is dialled again',
    edits: [
      edit('src/machines/peer.ts', "target: 'disconnected.left'", "target: 'disconnected.waiting'"),
    ],
  },
  {
    name: 'D13: who comes and goes is announced each time',
    edits: [
      edit(
        'src/membership/damping.ts',
        'if (at.length <= MAX_TRANSITIONS) return { at, holdMs: 0 };',
        'return { at, holdMs: 0 };',
      ),
    ],
  },
  {
    name: 'D14: digests that differ are not followed up',
    edits: [
      edit(
        'src/node/exchange.ts',
        'if (theirDigest === members.digest || members.self.id > session.peerId) return;',
        'return;',
      ),
    ],
  },
  {
    name: 'D14: views are never answered, nor sent as a whole',
    edits: [
      edit(
        'src/node/exchange.ts',
        'const pull = chunk.pull && this.#mayPull(session);',
        'const pull = false;',
      ),
      edit('src/node/exchange.ts', 'if (chosen) this.#offer(chosen);', ''),
    ],
  },
  {
    name: 'D15: T decides though the rhythm of the beats is to',
    edits: [edit('src/node/hearing.ts', 'phi && this.#arrivals ?', 'phi && !this.#arrivals ?')],
  },
  {
    name: 'D15: beats like clockwork make a node hasty',
    edits: [
      edit('src/membership/phi.ts', 'Math.max(stdDevMs, minStdDevMs)', '(minStdDevMs && stdDevMs)'),
    ],
  },
  {
    name: 'a dial meets whoever answers',
    edits: [
      edit(
        'src/membership/admission.ts',
        "if (expectedPeer === '' || expectedPeer === selfId) return true;",
        'if (selfId) return true;',
      ),
    ],
  },
  {
    name: 'a session that was replaced still speaks',
    edits: [
      edit(
        'src/node/inbox.ts',
        'if (this.#core.sessions.with(session.peerId) !== session) return;',
        '',
      ),
    ],
  },
  {
    name: 'stop leaves a nodeUp that is held back',
    edits: [edit('src/node/core.ts', 'this.#damper.stop();', '')],
  },
  {
    name: 'stop leaves an address that is to be tried',
    edits: [edit('src/node/core.ts', 'this.#dialBack.stop();', '')],
  },
  {
    name: 'stop leaves the heartbeat running',
    edits: [
      edit(
        'src/node/pulse.ts',
        'this.#isRunning = false;\n    this.#clock.clearTimeout(this.#timer);',
        '',
      ),
    ],
  },
  {
    name: 'a seed whose node is gone is not tried again',
    edits: [
      edit(
        'src/machines/seed.ts',
        "on: { lost: { target: 'waiting', actions: 'planBackoff' } },",
        '',
      ),
    ],
  },
  {
    name: 'a call has no time limit',
    edits: [
      edit(
        'src/api/calls.ts',
        "() => fail(new ConnectError(target, 'timeout',",
        "() => false && fail(new ConnectError(target, 'timeout',",
      ),
    ],
  },
  {
    name: 'stop does not answer the calls that wait',
    edits: [edit('src/api/cluster.ts', 'this.#calls.rejectAll();', '')],
  },
  {
    name: 'who was hung up on is dialled again',
    edits: [edit('src/node/holding.ts', 'this.#hungUp.set(session.peerId, session.peerUid);', '')],
  },
  {
    name: 'a change of secrets closes what was proven by the former one',
    edits: [
      edit(
        'src/node/rotation.ts',
        'if (this.#secrets.isPreferred(session.secretId) || self.id > session.peerId) return;',
        `if (this.#secrets.isPreferred(session.secretId)) return;
        this.#after(session, 1_000, () => this.#core.holding.retire(session, 'secret_retired'));
        if (self) return;`,
      ),
    ],
  },
  {
    name: 'a link is renewed with another life of its peer',
    edits: [
      edit(
        'src/node/dialer.ts',
        "this.#request.purpose === 'renew' && !isConnected",
        "this.#request.purpose === 'renew' && !id",
      ),
      edit('src/node/door.ts', 'if (isRenewal && !holding.isLeaving) {', 'if (!peer) {'),
    ],
  },
  {
    name: 'actors: what comes over the later of two links does not wait for the former',
    edits: [
      edit(
        'src/actors/inbound.ts',
        'if (this.#former === null) return this.line.receive(body);',
        'if (body) return this.line.receive(body);',
      ),
    ],
  },
  {
    name: 'actors: a line leads to whatever life its node is in',
    edits: [
      edit(
        'src/actors/actors.ts',
        'return line?.uid === uid ? line : new Line(nodeId, uid, null, node);',
        'return line ?? new Line(nodeId, uid, null, node);',
      ),
    ],
  },
  {
    name: 'actors: what has not left is forgotten when another link takes over',
    edits: [edit('src/actors/line.ts', 'this.lane?.handOver(to);', '')],
  },
  {
    name: 'actors: asks are not settled when their node goes',
    edits: [
      edit(
        'src/actors/line.ts',
        "for (const ask of this.#pending.all()) this.#settle(ask, 'node_down', 'maybe');",
        '',
      ),
    ],
  },
  {
    name: 'actors: an ask under way is said not to have been delivered',
    edits: [
      edit(
        'src/actors/line.ts',
        "pending.reject(this.#error(reason, 'maybe', pending.target, cause));",
        "pending.reject(this.#error(reason, 'no', pending.target, cause));",
      ),
    ],
  },
  {
    name: 'actors: an ask that was refused is said to have been delivered',
    edits: [
      edit(
        'src/actors/line.ts',
        "this.fail(target, ask, 'no_actor', 'no');",
        "this.fail(target, ask, 'no_actor', 'yes');",
      ),
    ],
  },
  {
    name: 'actors: the number of an ask is used again at once',
    edits: [
      edit('src/actors/pending-asks.ts', 'this.#rounds.next() * SLOTS + slot', 'SLOTS + slot'),
    ],
  },
  {
    name: 'actors: asks have no time limit',
    edits: [edit('src/actors/line.ts', 'this.#host.deadlines.expect(deadline);', '')],
  },
  {
    name: 'actors: any number of asks may wait',
    edits: [
      edit(
        'src/actors/line.ts',
        'if (this.#pending.size >= this.#mostAsks(target)) {',
        'if (this.#pending.size < 0) {',
      ),
    ],
  },
  {
    name: 'actors: the limit of data that wait is looked at once a turn',
    edits: [
      edit(
        'src/node/outbox.ts',
        'if (this.#waiting.bytes >= this.#limits.maxDataQueueBytes && !isUrgent) return this.#refuse();',
        '',
      ),
    ],
  },
  {
    name: 'actors: whoever answers is not told that the asker is gone',
    edits: [
      edit(
        'src/actors/line.ts',
        'for (const replyTo of [...this.#unanswered.values()]) replyTo.cancel();',
        '',
      ),
    ],
  },
  {
    name: 'actors: stop leaves those that run',
    edits: [
      edit('src/actors/actor-node.ts', 'for (const hosted of [...this.#table]) hosted.stop();', ''),
    ],
  },
  {
    name: 'actors: stop leaves the time limits of asks',
    edits: [edit('src/actors/actor-node.ts', 'this.deadlines.stop();', '')],
  },
  {
    name: 'actors: a message overtakes a large one',
    edits: [
      edit(
        'src/node/backlog.ts',
        'return target === EVERYBODY || this.#targets.has(target) || this.#targets.has(EVERYBODY);',
        'return target === EVERYBODY;',
      ),
    ],
  },
  {
    name: 'actors: a large message overtakes those before it',
    edits: [edit('src/node/backlog.ts', ' && large.after <= this.#taken', '')],
  },
  {
    name: 'actors: a monitor is forgotten when its node goes',
    edits: [
      edit(
        'src/actors/watches.ts',
        'this.#count(payer, -1);\n    this.#tellNodeDown(open);',
        'this.#count(payer, -1);',
      ),
    ],
  },
  {
    name: 'actors: who watches is forgotten when a link is replaced',
    edits: [
      edit(
        'src/actors/actor-node.ts',
        'if (present?.line.uid === peerUid) return present.move(session);',
        `if (present?.line.uid === peerUid) {
      this.monitors.lost(present.line);
      return present.move(session);
    }`,
      ),
    ],
  },
  {
    name: 'actors: what was lost with a link is not told anew',
    edits: [
      edit(
        'src/actors/line.ts',
        'if (missing > 0 || !this.#tally.hasMoved) this.#host.missed(this);',
        '',
      ),
    ],
  },
  {
    name: 'actors: who comes later is not told of names',
    edits: [
      edit(
        'src/actors/tellings.ts',
        'for (const [key, entry] of this.#own) telling.put(key, entry);',
        '',
      ),
    ],
  },
  {
    name: 'actors: names outlive their node',
    edits: [
      edit(
        'src/actors/directory.ts',
        'this.#own.lost(line);\n    this.#registry.clear(peer);',
        'this.#own.lost(line);',
      ),
    ],
  },
];
