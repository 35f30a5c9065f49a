/**
 * Errors with which requests of this process failed. A handler that lets one through has failed by
 * it: what it says of `delivered` was said of the handler's own request, not of the one to the handler.
 */
const failed = new WeakSet<object>();

export function markRejection<T extends object>(error: T): T {
  failed.add(error);
  return error;
}

export function isRejection(error: object): boolean {
  return failed.has(error);
}
