/**
 * Collections for `mongodb` and models for `mongoose`, as far as the cases use them. What a filter selects is decided by `mingo`, which
 * evaluates the filters of MongoDB; a server would have to be downloaded.
 */

import { Query } from 'mingo';

export class Collection {
  #documents;

  constructor(documents) {
    this.#documents = structuredClone(documents);
  }

  find(filter = {}) {
    const query = new Query(filter);
    const found = this.#documents.filter((document) => query.test(document));
    return { toArray: async () => found };
  }

  async findOne(filter) {
    const [first] = await this.find(filter).toArray();
    return first ?? null;
  }

  async countDocuments(filter) {
    return (await this.find(filter).toArray()).length;
  }

  async deleteOne(filter) {
    const found = await this.findOne(filter);
    this.#documents = this.#documents.filter((document) => document !== found);
    return { deletedCount: found === null ? 0 : 1 };
  }
}

/** What is found by a model is waited for by itself. */
class Model extends Collection {
  find(filter) {
    const found = super.find(filter).toArray();
    return Object.assign(found, { toArray: () => found });
  }
}

/** @param collections documents by the name of their collection */
export function mongodbWith(collections) {
  const made = new Map(Object.entries(collections).map(([name, documents]) => [name, new Collection(documents)]));
  class MongoClient {
    db() {
      return { collection: (name) => made.get(name) };
    }
  }
  return { MongoClient };
}

/** @param models documents by the name of their model */
export function mongooseWith(models) {
  class Schema {}
  return { Schema, model: (name) => new Model(models[name]) };
}
