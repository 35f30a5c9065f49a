// Names and groups in a child process: what the parent can have done, and asks about them.
export function nameCommands(cluster) {
  const { actors } = cluster;
  const known = (name, group) => ({
    holder: actors.whereis(name)?.id ?? null,
    members: actors.group(group).members.map(({ id }) => id),
  });
  return {
    async name(behavior, name, group) {
      const ref = await actors.spawn(behavior);
      await actors.register(name, ref);
      await actors.group(group).join(ref);
      return ref.id;
    },
    async known(name, group, from) {
      // An ask takes the way of what was told, and so comes after it.
      if (from) await actors.whereis(name, { on: from });
      return known(name, group);
    },
    knownAtDown: (name, group) =>
      new Promise((resolve) => {
        const end = cluster.onNodeDown(() => {
          end();
          resolve(known(name, group));
        });
      }),
  };
}
