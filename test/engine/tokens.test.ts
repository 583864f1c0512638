import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findPostgres } from '../../scripts/test-run/needs.ts';
import { startEmulator } from '../../src/cli/emulate.ts';
import { TOKEN_TIMEOUT_MS } from '../../src/connectors/kit/http.ts';
import { EMULATED_CLIENT } from '../../src/connectors/kit/testing/oauth-server.ts';
import { authorizationOf, finishAuthorization, startAuthorization } from '../../src/engine/authorize.ts';
import { checkConnection } from '../../src/engine/check-connection.ts';
import { loadConnection } from '../../src/engine/connection.ts';
import { createConnection } from '../../src/engine/connections.ts';
import type { EngineDeps } from '../../src/engine/deps.ts';
import { createTokens, REFRESH_LEASE_MS, SAVE_PAUSES_MS, tokenOwner } from '../../src/engine/tokens.ts';
import { manualClock, systemClock } from '../../src/platform/clock.ts';
import { loadKeyFile } from '../../src/platform/crypto.ts';
import { openStore, type Store } from '../../src/store/db.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createSecrets } from '../../src/store/secrets.ts';
import { prepareDataFolder } from '../support/data-folder.ts';
import { emptyStore, openPostgresTestStore, openTestStore } from '../support/database.ts';
import { START, syncNow, testDeps } from '../support/engine.ts';
import { decideAtVendor, OAUTH_CRMS, type OAuthEmulator } from '../support/oauth.ts';

/** As a person would: the button, *Allow*, and back. */
async function authorise(deps: EngineDeps, id: string, app: OAuthEmulator['app']): Promise<string> {
  const back = await decideAtVendor(app, await startAuthorization(deps, id, 'usr_ada'), 'allow');
  return (await finishAuthorization(deps, new URL(back).searchParams, 'usr_ada')).kind;
}

describe('one token for all', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
  });
  afterAll(() => store.close());
  beforeEach(() => emptyStore(store));

  async function openBench(crm = 'zendesk-sell', extra: Partial<EngineDeps> = {}) {
    const clock = manualClock(START);
    const vendor = OAUTH_CRMS[crm];
    if (vendor === undefined) throw new Error(crm);
    const emulator = vendor.open(clock);
    const deps = testDeps(store, clock, emulator.request, extra);
    const { id } = await createConnection(deps, { name: 'main', crm, enabled: true, ...vendor.settings }, 'api');
    expect(await authorise(deps, id, emulator.app)).toBe('authorised');
    const stored = () => createTokens(deps, id).load();
    const state = async () => (await authorizationOf(deps, await loadConnection(store.db, id)))?.state;
    return { clock, emulator, deps, id, stored, state };
  }

  test('[R60] of ten that find the token dead one renews it, and the others get its token', async () => {
    const { deps, id, emulator, stored } = await openBench();
    emulator.oauth.expire();
    const seen = await stored();
    const checks = await Promise.all(Array.from({ length: 10 }, () => checkConnection(deps, id)));
    expect(checks.every((report) => report.ok)).toBe(true);
    expect(emulator.oauth.refreshes()).toBe(1);
    const now = await stored();
    expect(now?.refreshToken).not.toBe(seen?.refreshToken);
    expect(emulator.oauth.isAlive(now?.refreshToken ?? '')).toBe(true);
  });

  test.each(Object.keys(OAUTH_CRMS))('[R60] %s rotates its refresh token, or not, as its profile says', async (crm) => {
    const { deps, id, emulator, stored } = await openBench(crm);
    const before = await stored();
    emulator.oauth.expire();
    expect((await checkConnection(deps, id)).ok).toBe(true);
    const rotated = (await stored())?.refreshToken !== before?.refreshToken;
    expect(rotated).toBe(deps.manifests.get(crm)?.oauth?.rotation.when === 'always');
  });

  test('[R60] Salesforce with rotation switched on: the new refresh token is kept, the used one is dead', async () => {
    const { deps, id, emulator, stored } = await openBench('salesforce');
    emulator.oauth.rotate({ rotates: true });
    for (let renewals = 0; renewals < 3; renewals += 1) {
      const before = await stored();
      emulator.oauth.expire();
      expect((await checkConnection(deps, id)).ok).toBe(true);
      expect(emulator.oauth.isAlive(before?.refreshToken ?? '')).toBe(false);
    }
  });

  test('[R60] a renewal that fails burns nothing: the next one goes on from the same token', async () => {
    const { deps, id, emulator, stored, state } = await openBench();
    const before = await stored();
    emulator.oauth.expire();
    for (const kind of ['error', 'throttle'] as const) {
      emulator.faults.add({ kind, path: '/oauth2/token' });
      expect((await checkConnection(deps, id)).ok).toBe(false);
      expect(await stored()).toEqual(before);
      expect(await state()).toBe('authorised');
    }
    expect((await checkConnection(deps, id)).ok).toBe(true);
  });

  test('[R60] an answer that is lost on the way is asked for again; without grace a run pauses for one click', async () => {
    const { deps, id, emulator, state } = await openBench();
    emulator.oauth.rotate({ rotates: true, graceMs: 60_000 });
    emulator.oauth.expire();
    emulator.faults.add({ kind: 'drop', path: '/oauth2/token' });
    expect((await checkConnection(deps, id)).ok).toBe(false);
    expect((await checkConnection(deps, id)).ok).toBe(true);
    emulator.oauth.rotate({ rotates: true, graceMs: 0 });
    emulator.oauth.expire();
    emulator.faults.add({ kind: 'drop', path: '/oauth2/token' });
    await checkConnection(deps, id);
    await syncNow(deps, id);
    expect((await loadConnection(store.db, id)).pausedReason).toBe('auth');
    expect(await state()).toBe('refused');
    expect(await authorise(deps, id, emulator.app)).toBe('authorised');
    const back = await loadConnection(store.db, id);
    expect([back.pausedReason, back.nextDueAt]).toEqual([null, deps.clock.now()]);
    expect((await syncNow(deps, id)).map((run) => run.status)).toEqual(['succeeded', 'succeeded']);
  });

  test('[R60] a database that is away for a moment loses no token, and for longer keeps it in memory until it is back', async () => {
    let refusals = 0;
    const flaky: Store = {
      ...store,
      transaction: (work) => {
        if (refusals > 0) {
          refusals -= 1;
          return Promise.reject(new Error('the database is away'));
        }
        return store.transaction(work);
      },
    };
    const { deps, id, emulator, stored } = await openBench('zendesk-sell', { store: flaky });
    emulator.oauth.expire();
    refusals = 2;
    expect((await checkConnection(deps, id)).ok).toBe(true);
    emulator.oauth.expire();
    refusals = SAVE_PAUSES_MS.length + 1;
    await expect(checkConnection(deps, id)).rejects.toThrow('the database is away');
    expect((await checkConnection(deps, id)).ok).toBe(true);
    expect(emulator.oauth.refreshes()).toBe(2);
    expect(emulator.oauth.isAlive((await stored())?.refreshToken ?? '')).toBe(true);
  });

  test('[R60] somebody who authorises while a renewal is under way wins, whatever the renewal brings', async () => {
    const { deps, id, emulator } = await openBench();
    const tokens = createTokens(deps, id);
    const seen = await tokens.load();
    const slow = await tokens.renew(seen, async () => {
      await authorise(deps, id, emulator.app);
      return { accessToken: 'late', refreshToken: 'late' };
    });
    expect(slow.accessToken).not.toBe('late');
    expect((await tokens.load())?.accessToken).toBe(slow.accessToken);
    const refused = await tokens.renew(slow, async () => {
      await authorise(deps, id, emulator.app);
      throw new Error('the old one is refused');
    });
    expect(refused).toEqual(await tokens.load());
  });

  test('[R60] the lease on renewing outlives the token endpoint’s time-out and the tries to save', () => {
    const saving = SAVE_PAUSES_MS.reduce((sum, pause) => sum + pause, 0);
    expect(REFRESH_LEASE_MS).toBeGreaterThan(TOKEN_TIMEOUT_MS + saving + 10_000);
  });
});

/** Two workers need PostgreSQL; without one, they come one after the other. */
const kind = findPostgres() === undefined ? 'embedded' : 'postgres';

describe(`a worker killed between the vendor’s answer and our commit (${kind})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-token-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    { graceMs: 3_600_000, ends: 'survives where the vendor takes the used refresh token a while longer' },
    { graceMs: 0, ends: 'asks for one click where it does not, and says that the token was lost' },
  ])('[R60] the connection $ends', { timeout: 240_000 }, async ({ graceMs }) => {
    const data = prepareDataFolder(join(folder, String(graceMs)));
    const crm = await startEmulator('zendesk-sell', 0);
    const { oauth } = crm.emulator;
    if (oauth === undefined) throw new Error('Sell has OAuth');
    const postgres = kind === 'postgres' ? await openPostgresTestStore() : null;
    const open = async (): Promise<{ store: Store; deps: EngineDeps }> => {
      const store = await openStore(postgres === null ? { dataDir: data } : { databaseUrl: postgres.url });
      await migrate(store);
      const deps = testDeps(store, manualClock(0), fetch, {
        clock: systemClock,
        secrets: createSecrets(loadKeyFile(data)),
      });
      return { store, deps };
    };
    const first = await open();
    const { id } = await createConnection(
      first.deps,
      {
        name: 'sell',
        crm: 'zendesk-sell',
        enabled: true,
        baseUrl: crm.url,
        credentials: { method: 'oauth', ...EMULATED_CLIENT },
      },
      'api',
    );
    expect(await authorise(first.deps, id, crm.emulator.app)).toBe('authorised');
    oauth.rotate({ rotates: true, graceMs });
    oauth.expire();
    await first.store.close();

    const dying = spawnWorker(data, postgres?.url ?? '', 'die');
    await dying.holding;
    const other = kind === 'postgres' ? spawnWorker(data, postgres?.url ?? '', 'live') : null;
    dying.kill();
    expect(await dying.ended).toBe('killed');
    expect(await (other ?? spawnWorker(data, '', 'live')).ended).toBe('finished');

    const { store, deps } = await open();
    const connection = await loadConnection(store.db, id);
    const authorization = await authorizationOf(deps, connection);
    if (graceMs > 0) {
      expect([connection.pausedReason, authorization?.state]).toEqual([null, 'authorised']);
      const token = JSON.parse((await deps.secrets.load(store.db, tokenOwner(id)))['token'] ?? '{}') as {
        refreshToken: string;
      };
      expect(oauth.isAlive(token.refreshToken)).toBe(true);
    } else {
      expect(connection.pausedReason).toBe('auth');
      expect(authorization).toMatchObject({ state: 'refused', refusedCode: 'token_lost' });
      expect(await authorise(deps, id, crm.emulator.app)).toBe('authorised');
      expect((await loadConnection(store.db, id)).pausedReason).toBeNull();
    }
    await store.close();
    await postgres?.stop();
    await crm.stop();
  });
});

function spawnWorker(folder: string, databaseUrl: string, fate: 'die' | 'live') {
  const child = fork(join(import.meta.dirname, 'token-child.ts'), [folder, databaseUrl, fate], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise<'killed' | 'finished' | 'failed'>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal === 'SIGKILL' ? 'killed' : code === 0 ? 'finished' : 'failed'));
  });
  const holding = new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('exit', () => reject(new Error('the worker ended before it had a new token')));
  });
  holding.catch(() => undefined);
  return { ended, holding, kill: () => child.kill('SIGKILL') };
}
