// A dealer asks a router; messages are packed as a user would do it, and numbered to tell answers
// apart. A socket takes one message at a time, so they wait for each other in a list.
import { Packr } from 'msgpackr';
import zmq from 'zeromq';
import { duel } from '../messaging/duel.mjs';

const packr = new Packr({ useRecords: false });

/** Sends in order: the socket is given the next one once it has taken the one before. */
function sender(socket) {
  let waiting = [];
  let isSending = false;
  const work = async () => {
    isSending = true;
    while (waiting.length > 0) {
      const parts = waiting;
      waiting = [];
      for (const part of parts) await socket.send(part);
    }
    isSending = false;
  };
  return (parts) => {
    waiting.push(parts);
    if (!isSending) void work();
  };
}

await duel({
  async serve(_, hit) {
    const router = new zmq.Router({ sendHighWaterMark: 0, receiveHighWaterMark: 0 });
    await router.bind('tcp://127.0.0.1:*');
    const send = sender(router);
    const answer = async () => {
      for await (const [from, body] of router) {
        hit();
        const [number, value] = packr.unpack(body);
        send([from, packr.pack([number, value])]);
      }
    };
    void answer();
    return router.lastEndpoint;
  },

  async connect(endpoint) {
    const dealer = new zmq.Dealer({ sendHighWaterMark: 0, receiveHighWaterMark: 0 });
    dealer.connect(endpoint);
    const pending = new Map();
    let asks = 0;
    const send = sender(dealer);
    const listen = async () => {
      for await (const [body] of dealer) {
        const [number, value] = packr.unpack(body);
        pending.get(number)(value);
        pending.delete(number);
      }
    };
    void listen();
    return {
      ask: (value) =>
        new Promise((resolve) => {
          asks += 1;
          pending.set(asks, resolve);
          send([packr.pack([asks, value])]);
        }),
    };
  },
});
