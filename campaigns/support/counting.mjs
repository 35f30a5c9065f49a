// A network that counts accepted links whose handshake is under way, seen from outside the node.

export function counting(network) {
  const pending = new Set();
  const counted = {
    maxPending: 0,
    /** A session was opened over the link from this address. */
    settled: (address) => pending.delete(address),
    network: {
      dial: (to, done) => network.dial(to, done),
      listen: (at, handlers) =>
        network.listen(at, {
          ...handlers,
          link: (link) => {
            watch(link);
            handlers.link(link);
          },
        }),
    },
  };

  function watch(link) {
    const address = `${link.remote.host}:${link.remote.port}`;
    pending.add(address);
    const { open, destroy } = link;
    // A link that the node refuses at once is never opened.
    link.destroy = () => {
      pending.delete(address);
      destroy.call(link);
    };
    link.open = (handlers) => {
      counted.maxPending = Math.max(counted.maxPending, pending.size);
      open.call(link, {
        data: (chunk) => handlers.data(chunk),
        drain: () => handlers.drain(),
        closed: (error) => {
          pending.delete(address);
          handlers.closed(error);
        },
      });
    };
  }
  return counted;
}
