import { join } from 'node:path';
import type { ApiDeps } from '../api/deps.ts';
import { queuePeopleMail } from '../api/people-mails.ts';
import { createSignIn } from '../api/sign-in.ts';
import { type Config, readConfig } from '../config.ts';
import { manifests } from '../connectors/index.ts';
import type { EngineDeps } from '../engine/deps.ts';
import { forgetLeases } from '../engine/lease.ts';
import { keepErasures } from '../hub/privacy/keep-erasures.ts';
import { plantScoreRules } from '../hub/score-rules.ts';
import { systemClock } from '../platform/clock.ts';
import { createSign, parseSecretKey, type SecretKey } from '../platform/crypto.ts';
import { createGuardedFetch } from '../platform/guarded-fetch.ts';
import { createIds } from '../platform/ids.ts';
import { createLog } from '../platform/log.ts';
import { phoneKey } from '../platform/phone.ts';
import { openStore } from '../store/db.ts';
import { migrate } from '../store/migrate.ts';
import { ensurePartitions } from '../store/partitions.ts';
import { beQuiet } from '../store/quiet.ts';
import { createSecrets } from '../store/secrets.ts';
import { createTelling } from '../store/telling.ts';
import { backupBeforeMigrating } from './backup-before-migrating.ts';
import { keyOfFolder } from './key-of-folder.ts';
import { ROOT, version } from './version.ts';

/** Everything, wired by hand; the only place that knows all of it. */
export interface Product {
  readonly config: Config;
  readonly key: SecretKey;
  /** From now on this is the key (a rotation). */
  takeKey(next: SecretKey): void;
  readonly engine: EngineDeps;
  readonly api: ApiDeps;
  /** What this process calls itself where it tells others that something waits. */
  readonly processId: string;
  /** Wakes the worker of this process, as `engine.wake` does those of all. */
  readonly wakeHere: () => void;
  close(): Promise<void>;
}

export interface ComposeOptions {
  readonly config?: Config;
  /** Hosts of emulators that we started ourselves: reachable, and marked. */
  readonly emulatedHosts?: ReadonlySet<string>;
  readonly say?: (text: string) => void;
}

export async function compose(options: ComposeOptions = {}): Promise<Product> {
  const config = options.config ?? readConfig();
  const say = options.say ?? (() => undefined);
  const log = createLog(config.logLevel);
  const clock = systemClock;
  const ids = createIds(clock);
  say(
    config.databaseUrl === undefined
      ? `Opening the database in ${config.dataDir} (the first time takes some seconds) …`
      : 'Connecting to PostgreSQL …',
  );
  const store = await openStore({ databaseUrl: config.databaseUrl, dataDir: config.dataDir });
  let key =
    config.secretKey === undefined ? await keyOfFolder(store, config.dataDir, say) : parseSecretKey(config.secretKey);
  if (store.kind === 'embedded')
    await backupBeforeMigrating(store, { dataDir: config.dataDir, keyId: key.id, now: clock.now(), say });
  const applied = await migrate(store);
  if (store.kind === 'embedded') await forgetLeases(store);
  if (applied.length > 0)
    say(`The schema is up to date (${applied.length} step${applied.length === 1 ? '' : 's'} applied).`);
  await plantScoreRules(store, clock.now());
  await keepErasures(store, config.dataDir, clock.now());
  await ensurePartitions(store.db, 'items', [clock.now(), clock.now() + 31 * 86_400_000]);
  await ensurePartitions(store.db, 'events', [clock.now(), clock.now() + 31 * 86_400_000]);
  if (config.quiet) await beQuiet(store.db, clock.now());
  const emulatedHosts = options.emulatedHosts ?? new Set<string>();
  const fetch = createGuardedFetch({
    allowHosts: [...config.allowHosts, ...[...emulatedHosts].map((host) => host.split(':')[0] ?? host)],
    allowPrivateHosts: config.allowPrivateHosts,
    proxy: config.outboundProxy,
  });
  const listeners = new Set<(runId: string) => void>();
  const sleepers = new Set<() => void>();
  const wakeHere = (): void => sleepers.forEach((wake) => wake());
  const telling = createTelling(store, log);
  const engine: EngineDeps = {
    store,
    clock,
    ids,
    log,
    secrets: createSecrets(() => key),
    manifests,
    fetch,
    phoneKey: (raw) => phoneKey(raw),
    baseUrl: config.url,
    onProgress: (runId) => listeners.forEach((listener) => listener(runId)),
    wake: () => {
      wakeHere();
      telling.tell();
    },
    onWake: (wake) => {
      sleepers.add(wake);
      return () => sleepers.delete(wake);
    },
  };
  const signIn = createSignIn({
    store,
    key,
    url: config.url,
    now: () => clock.now(),
    onForgotten: (person, link) =>
      store.transaction((trx) =>
        queuePeopleMail(trx, engine, { kind: 'password_reset', recipients: [person], params: { link } }),
      ),
  });
  const watchRuns: ApiDeps['watchRuns'] = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const api: ApiDeps = {
    engine,
    signIn,
    config,
    version,
    sign: (text) => createSign(key)(text),
    webDir: join(ROOT, 'dist', 'web'),
    docsDir: join(ROOT, 'docs'),
    emulatedHosts,
    watchRuns,
  };
  return {
    config,
    get key() {
      return key;
    },
    takeKey: (next) => {
      key = next;
      signIn.takeKey(next);
    },
    engine,
    api,
    processId: telling.processId,
    wakeHere,
    close: async () => {
      await telling.end();
      await store.close();
    },
  };
}
