export interface Postgres {
  query(text: string): Promise<readonly unknown[]>;
  stop(): Promise<void>;
}
export function startPostgres(schema: string): Promise<Postgres>;
