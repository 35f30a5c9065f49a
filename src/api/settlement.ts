/** A promise that somebody else settles, at most once; one that nobody waits for is none. */
export class Settlement {
  #present: { readonly resolve: () => void; readonly reject: (error: Error) => void } | null = null;

  begin(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#present = { resolve, reject };
    });
  }

  resolve(): void {
    this.#present?.resolve();
    this.#present = null;
  }

  reject(error: Error): void {
    this.#present?.reject(error);
    this.#present = null;
  }
}
