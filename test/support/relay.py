"""A network in bad weather: carries packets between TUN devices late, twice or never.

relay.py DEVICE DELAY_MS JITTER_MS LOSS DUPLICATE SEED NAMESPACE=ADDRESS ...
Moves one device into each namespace, prints "ready", and runs until its input ends. Each packet
has its own delay, so packets overtake each other.
"""
import fcntl, heapq, os, random, select, socket, struct, subprocess, sys, time

TUNSETIFF, TUN_WITHOUT_HEADER = 0x400454CA, 0x0001 | 0x1000
device, delay_ms, jitter_ms, loss, duplicate, seed = sys.argv[1:7]
delay, jitter = float(delay_ms) / 1000, float(jitter_ms) / 1000
chance = random.Random(int(seed))
ports = {}
for index, host in enumerate(sys.argv[7:]):
    namespace, address = host.split("=")
    port = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(port, TUNSETIFF, struct.pack("16sH22s", b"tun%d" % index, TUN_WITHOUT_HEADER, b""))
    move = ["ip", "link", "set", "tun%d" % index, "netns", namespace, "name", device]
    subprocess.run(move, check=True)
    ports[socket.inet_aton(address)] = port

print("ready", flush=True)
late, count = [], 0
while True:
    wait = max(0, late[0][0] - time.monotonic()) if late else None
    for source in select.select([sys.stdin, *ports.values()], [], [], wait)[0]:
        if source is sys.stdin:
            sys.exit()
        packet = os.read(source, 65536)
        to = ports.get(packet[16:20]) if packet[0] >> 4 == 4 else None
        copies = 0 if chance.random() < float(loss) else 1 + (chance.random() < float(duplicate))
        for _ in range(copies if to is not None else 0):
            count += 1
            at = time.monotonic() + chance.uniform(delay - jitter, delay + jitter)
            heapq.heappush(late, (at, count, to, packet))
    while late and late[0][0] <= time.monotonic():
        _, _, to, packet = heapq.heappop(late)
        try:
            os.write(to, packet)
        except OSError:
            pass  # The device is down: one more packet that is lost.
