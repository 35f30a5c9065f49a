/** Of a life so many digits: enough to tell two lives of one node apart in a log. */
const LIFE_LENGTH = 8;

/** The same text for the same life of a node, on every node. */
export function lifeText(nodeId: string, uid: string): string {
  return `${nodeId}/${uid.slice(0, LIFE_LENGTH)}`;
}
