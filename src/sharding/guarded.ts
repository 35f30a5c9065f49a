/** A function of the user that is told something: when it throws, that is a warning and no more. */
export function guarded<T>(what: string, told: (value: T) => void): (value: T) => void {
  return (value) => {
    try {
      told(value);
    } catch (error) {
      const code = 'CHARTMESH_OBSERVER_FAILED';
      process.emitWarning(`${what} callback threw: ${String(error)}`, { code });
    }
  };
}
