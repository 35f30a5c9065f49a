/** Starts actors on any node, so that none runs of which nobody knows. */
import { AskError, NotSerializableError, SpawnError } from '../errors/actors.ts';
import type { NodeId } from '../membership/node-id.ts';
import { isActorNumber } from './actor-table.ts';
import type { AskOptions, Line } from './line.ts';
import type { Owed } from './owed.ts';
import { Ref, type RefHost } from './ref.ts';
import { SERVICE } from './service.ts';

export interface Spawned {
  /** Of the behavior. */
  readonly name: string;
  readonly input: unknown;
  readonly id: string | undefined;
}

export class Spawning {
  readonly #host: RefHost;
  #tokens = 0;

  constructor(host: RefHost) {
    this.#host = host;
  }

  /** Rejects with SpawnError, NotSerializableError or OverloadedError. */
  async spawn<TMessage>(
    line: Line,
    owed: Owed,
    { name, input, id }: Spawned,
    options?: AskOptions,
  ): Promise<Ref<TMessage>> {
    this.#tokens += 1;
    const token = this.#tokens;
    const { nodeId, uid } = line;
    try {
      const answer = await line.ask(SERVICE, ['spawn', token, name, input, id], options);
      const [outcome, detail]: readonly unknown[] = Array.isArray(answer) ? answer : [];
      if (outcome !== 'started' || !isActorNumber(detail))
        throw refusal(nodeId, name, outcome, detail);
      owed.send(line, ['keep', token]);
      return new Ref(this.#host, nodeId, uid, detail);
    } catch (error) {
      if (error instanceof NotSerializableError) throw ofInput(error);
      if (!(error instanceof AskError)) throw error;
      // It may start, or have started, all the same.
      owed.send(line, ['drop', token]);
      throw failure(nodeId, name, error);
    }
  }
}

/** The path begins with the place of the input in the request. */
function ofInput({ path, reason }: NotSerializableError): NotSerializableError {
  return new NotSerializableError(path.replace(/^\[3\]/, 'input'), reason);
}

function refusal(nodeId: NodeId, name: string, outcome: unknown, cause: unknown): SpawnError {
  if (outcome === 'unknown_behavior' || outcome === 'full')
    return new SpawnError(nodeId, name, outcome);
  return new SpawnError(nodeId, name, 'failed', { cause });
}

function failure(nodeId: NodeId, name: string, error: AskError): SpawnError {
  const { reason } = error;
  const known = reason === 'timeout' || reason === 'node_down' || reason === 'cancelled';
  return new SpawnError(nodeId, name, known ? reason : 'failed', { cause: error.cause ?? error });
}
