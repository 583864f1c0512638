import { rmSync } from 'node:fs';
import { createApiKey } from '../../src/api/api-keys.ts';
import type { Role } from '../../src/api/sign-in.ts';
import { type Running, serve } from '../../src/cli/serve.ts';
import { readConfig } from '../../src/config.ts';
import { preparedDataFolder } from './data-folder.ts';
import { freePort } from './free-port.ts';

export interface LiveServer {
  readonly url: string;
  readonly running: Running;
  /** A key, made by `by`. */
  keyFor(input: { readonly role?: Role; readonly scopes?: readonly string[]; readonly by?: string }): Promise<string>;
  stop(): Promise<void>;
}

/** The whole product on a port of this machine, with a database of its own. */
export async function startLiveServer(): Promise<LiveServer> {
  const data = preparedDataFolder('live');
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const running = await serve({
    config: readConfig({
      PORT: String(port),
      TANDEM_DATA: data,
      TANDEM_URL: url,
      TANDEM_ALLOW_HOSTS: '127.0.0.1',
      LOG_LEVEL: 'error',
    }),
  });
  const { store, ids, clock } = running.product.engine;
  return {
    url,
    running,
    keyFor: async ({ by = 'test', ...input }) =>
      (await createApiKey(store, { name: 'test', by, ...input }, { ids, now: clock.now() })).key,
    stop: async () => {
      await running.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
