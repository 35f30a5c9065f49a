/** Keyed requests: `chartmesh/sharding`. */
export type { Server } from '../actors/behavior.ts';
export type { Handler } from '../actors/handler-actor.ts';
export type { SchemaIssue, SchemaResult, StandardSchema } from '../actors/standard-schema.ts';
export type { Delivered } from '../errors/actors.ts';
export {
  ActorEndedError,
  HandlerClosedError,
  HandlerError,
  HandlerTimeoutError,
  InvalidPayloadError,
  KeyRequiredError,
  MessageTypeError,
  MissingKeyHeaderError,
  SelfRequestError,
  UnknownMessageError,
} from '../errors/handlers.ts';
export {
  EnvelopeExpiredError,
  InvalidEnvelopeError,
  InvalidShardCountError,
  InvalidShardError,
  InvalidShardingOptionError,
  NodeStoppedError,
  NoShardSubscriberError,
  type OverloadedPart,
  PayloadTooLargeError,
  RequestCancelledError,
  RequestTimeoutError,
  ReservedHeaderError,
  ShardingError,
  ShardOverloadedError,
  SubscribeError,
  TransportClosedError,
  UnhashableTextError,
  UnknownFailureError,
} from '../errors/sharding.ts';
export { SHARDING } from '../limits.ts';
export type { Clock, Logger, Random, Timer } from '../ports.ts';
export { type ActorHandlerOptions, actorHandler, type KeyBehavior } from './actor-handler.ts';
export type { Bytes } from './bytes.ts';
export type { ClientOption } from './call-options.ts';
export type { CarriedTransport, TransportOptions } from './carried-transport.ts';
export { type MemoryTransportOptions, memoryTransport } from './carriers/memory.ts';
export { Client, type ClientOptions } from './client.ts';
export {
  Envelope,
  type EnvelopeInit,
  type EnvelopeOption,
  withHeader,
  withTtl,
} from './envelope.ts';
export { shardFromString } from './hash.ts';
export { type Headers, KEY_HEADER } from './headers.ts';
export type { ToEvent } from './key-actor.ts';
export { type KeyHandler, keyHandler } from './key-handler.ts';
export type { KeyHandling } from './key-slot.ts';
export type { CreateForKey, KeyFailure, KeyHandlerOptions, KeyLease } from './key-table.ts';
export {
  type Message,
  type MessageRoute,
  message,
  messageHandler,
  on,
  type TypedSchema,
} from './message.ts';
export { messageTypeOf } from './message-type.ts';
export { type HandlerFailure, Node, type NodeOptions, type ShardNodeStatus } from './node.ts';
export { NODE_INFO_TYPE, type ShardNodeInfo } from './node-info.ts';
export { OwnershipTable, ownerOfShard, shardsForNode } from './ownership.ts';
export { PerKey, type PerKeyOptions, type TaskOptions } from './per-key.ts';
export type { ScopedClient } from './scoped-client.ts';
export type {
  ClientTransport,
  CloseOptions,
  HandlerContext,
  NotifyFailure,
  RequestOptions,
  ServerHandler,
  ServerTransport,
  SubscribeOptions,
  Subscription,
  Transport,
  TransportLoad,
} from './transport.ts';
export { type TypedRequest, typedRequest } from './typed-request.ts';
