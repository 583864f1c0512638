import { sql } from 'kysely';
import type { Config } from '../../config.ts';
import { emailKey } from '../../core/email.ts';
import { type InputProblem, InvalidInput } from '../../core/invalid-input.ts';
import type { SignOnSettings } from '../../core/sign-on.ts';
import { parseInput } from '../../engine/connections.ts';
import type { EngineDeps } from '../../engine/deps.ts';
import { clientSecret, readSignOn, writeSignOn } from '../../store/sign-on.ts';
import { signOnPatch } from '../contract/sign-on-routes.ts';
import { canBreakGlass } from './people.ts';
import { discover, ProviderProblem, redirectUri } from './provider.ts';

export interface SaveDeps {
  readonly engine: EngineDeps;
  readonly config: Config;
}

/** Settings as people read them; never with the secret. */
export async function presentSignOn({ engine, config }: SaveDeps) {
  const { store, secrets } = engine;
  const settings = await readSignOn(store.db);
  return {
    ...settings,
    roles: { ...settings.roles },
    clientSecretSet: await clientSecret.isSet(store.db, secrets),
    redirectUri: redirectUri(config),
  };
}

/**
 * All of it or a refusal that names each bad value. Switched on, the provider is asked before anything is saved, and
 * passwords are closed only while one administrator can still get in with one. @throws InvalidInput
 */
export async function saveSignOn(deps: SaveDeps, input: unknown): Promise<void> {
  const { engine } = deps;
  const { store, clock, secrets } = engine;
  const { clientSecret: secret, ...patch } = parseInput(signOnPatch, input);
  const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  const before = await readSignOn(store.db);
  const merged: SignOnSettings = { ...before, ...given };
  const breakGlass = merged.breakGlass === null || merged.breakGlass === '' ? null : merged.breakGlass.toLowerCase();
  const settings: SignOnSettings = { ...merged, breakGlass };
  const problems = [...problemsOf(settings)];
  if (settings.passwords === 'breakGlass' && breakGlass !== null && !(await canBreakGlass(store.db, breakGlass)))
    problems.push({ path: 'breakGlass', code: 'break_glass', params: { value: breakGlass } });
  if (problems.length === 0 && settings.enabled) problems.push(...(await providerProblems(deps, settings)));
  if (problems.length > 0) throw new InvalidInput(problems);
  await store.transaction(async (trx) => {
    // Asked again where nobody can be removed meanwhile: the provider took its time.
    if (settings.passwords === 'breakGlass' && breakGlass !== null) {
      await sql`select id from "user" where role = 'admin' and "deactivatedAt" is null order by id for update`.execute(
        trx,
      );
      if (!(await canBreakGlass(trx, breakGlass)))
        throw new InvalidInput([{ path: 'breakGlass', code: 'break_glass', params: { value: breakGlass } }]);
    }
    await writeSignOn(trx, settings, clock.now());
    // The secret was given for that provider, and goes to no other.
    const isElsewhere = settings.issuer !== before.issuer;
    if (secret !== undefined || isElsewhere) await clientSecret.save(trx, secrets, secret ?? '', clock.now());
  });
}

function problemsOf(settings: SignOnSettings): InputProblem[] {
  const problems: InputProblem[] = [];
  const need = (path: string, isThere: boolean): void => {
    if (!isThere) problems.push({ path, code: 'required', params: {} });
  };
  if (settings.enabled) {
    need('issuer', settings.issuer !== '');
    need('clientId', settings.clientId !== '');
    // Otherwise nobody at all would come in.
    if (settings.defaultRole === null && (settings.roleClaim === '' || Object.keys(settings.roles).length === 0))
      problems.push({ path: 'defaultRole', code: 'sign_on_no_role', params: {} });
  }
  if (settings.passwords === 'breakGlass') {
    if (!settings.enabled) problems.push({ path: 'passwords', code: 'sign_on_passwords_off', params: {} });
    need('breakGlass', settings.breakGlass !== null);
  }
  if (settings.breakGlass !== null && emailKey(settings.breakGlass) === null)
    problems.push({ path: 'breakGlass', code: 'invalid_email', params: { value: settings.breakGlass } });
  return problems;
}

async function providerProblems({ engine, config }: SaveDeps, settings: SignOnSettings): Promise<InputProblem[]> {
  try {
    await discover(settings, { fetch: engine.fetch, config });
    return [];
  } catch (error) {
    if (!(error instanceof ProviderProblem)) throw error;
    return [{ path: 'issuer', code: `sign_on_${error.code}`, params: { detail: error.detail } }];
  }
}
