// Where a provider keeps its things: in memory, with an end for each and a bound for all.

const MOST = 20_000;

export class Memory {
  #items = new Map();

  // What oidc-provider calls an adapter, one for each of its models.
  adapter = (model) => ({
    upsert: async (id, payload, expiresIn) => this.#put(`${model}:${id}`, payload, expiresIn),
    find: async (id) => this.#get(`${model}:${id}`),
    findByUid: async (uid) => this.#all(`${model}:`).find((payload) => payload.uid === uid),
    consume: async (id) => { this.#get(`${model}:${id}`).consumed = Math.floor(Date.now() / 1000); },
    destroy: async (id) => { this.#items.delete(`${model}:${id}`); },
    revokeByGrantId: async (grantId) => this.forget(model, grantId),
  });

  // Forget all that a model keeps, or all of it that belongs to one grant.
  forget(model, grantId = undefined) {
    for (const [key, { payload }] of this.#items) {
      if (!key.startsWith(`${model}:`)) continue;
      if (grantId === undefined || payload.grantId === grantId) this.#items.delete(key);
    }
  }

  #put(key, payload, expiresIn) {
    this.#items.delete(key);
    if (this.#items.size >= MOST) this.#items.delete(this.#items.keys().next().value);
    this.#items.set(key, { payload, end: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
  }

  #get(key) {
    const item = this.#items.get(key);
    if (item && item.end <= Date.now()) this.#items.delete(key);
    return this.#items.get(key)?.payload;
  }

  #all(prefix) {
    return [...this.#items.keys()].filter((key) => key.startsWith(prefix)).map((key) => this.#get(key)).filter(Boolean);
  }
}
