import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStage, PASSWORD, type Stage } from '../support/browser.ts';
import { hears } from '../support/notices.ts';
import { type OidcProvider, startOidcProvider } from '../support/oidc.ts';

/** Single sign-on through a real provider, in a process of its own, in a real browser. */
describe('single sign-on', () => {
  let stage: Stage;
  let provider: OidcProvider;
  let admin: Page;
  beforeAll(async () => {
    stage = await openStage({ TANDEM_ALLOW_HOSTS: 'localhost' });
    provider = await startOidcProvider(`${stage.url}/sso/callback`);
    admin = await stage.newPage();
    await stage.setUp(admin);
  });
  afterAll(async () => {
    await stage.close();
    provider.stop();
  });

  /** A browser of somebody's own. */
  const person = async (): Promise<Page> => (await stage.newContext()).newPage();
  const signOn = async (page: Page, name: string, from = '/'): Promise<void> => {
    await page.goto(`${stage.url}/sign-in?to=${encodeURIComponent(from)}`);
    await page.getByRole('link', { name: 'Sign in with Acme' }).click();
    await page.waitForURL(`${provider.issuer}/**`);
    await page.fill('input[name=login]', name);
    await page.fill('input[name=password]', 'whatever');
    await page.getByRole('button', { name: 'Sign-in' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(`${stage.url}/**`);
  };
  /** Asks with this browser's cookies, whatever page it shows or is leaving. */
  const ask = async (page: Page, path: string): Promise<unknown> =>
    (await page.request.get(`${stage.url}/api/v1${path}`)).json();
  const me = (page: Page): Promise<unknown> => ask(page, '/me');
  const actions = async (): Promise<string[]> => {
    // Our own API, whose answers are checked against its contract elsewhere.
    const body = (await ask(admin, '/audit?limit=100')) as { items: { action: string }[] };
    return body.items.map((one) => one.action);
  };

  test('a wrong issuer is refused in words before anything is saved; the right one is asked and stored', async () => {
    await admin.goto(`${stage.url}/settings?tab=sign-in`);
    await admin.getByText(`${stage.url}/sso/callback`).waitFor();
    await admin.getByRole('switch', { name: 'Single sign-on is on' }).click({ force: true });
    await admin.getByLabel('Issuer').fill(`${provider.issuer}/elsewhere`);
    await admin.getByLabel('Client id').fill('tandem');
    await admin.getByRole('textbox', { name: 'Client secret' }).fill('a-secret-that-is-long-enough-for-everybody');
    await admin.getByLabel('Name on the button').fill('Acme');
    await admin.getByLabel('Scopes').fill('openid email profile groups');
    await admin.getByLabel('Claim that holds groups or roles').fill('groups');
    await admin.getByRole('button', { name: 'Add a value' }).click();
    await admin.getByRole('textbox', { name: 'Value of the claim' }).first().fill('crm-marketing');
    await admin.getByRole('combobox', { name: 'Role here' }).first().click();
    await admin.getByRole('option', { name: 'Marketing' }).click();
    await admin.getByRole('button', { name: 'Check the provider and save' }).click();
    await admin.getByText('There is no OpenID Connect provider at this address').first().waitFor();
    expect(await ask(admin, '/sign-on')).toMatchObject({ enabled: false });
    await admin.getByLabel('Issuer').fill(provider.issuer);
    await admin.getByRole('button', { name: 'Check the provider and save' }).click();
    await admin.getByText('Stored encrypted. Empty: it stays.').waitFor();
    const saved = JSON.stringify(await ask(admin, '/sign-on'));
    expect(saved).not.toContain('a-secret-that-is-long-enough');
    expect(JSON.parse(saved)).toMatchObject({
      enabled: true,
      roles: { 'crm-marketing': 'marketing' },
      clientSecretSet: true,
    });
  });

  test('somebody new comes in with the role of the claim, where the link pointed; the role follows the claim at the next sign-on', async () => {
    const page = await person();
    await signOn(page, 'grace', '/contacts');
    await page.waitForURL(`${stage.url}/contacts`);
    await expect
      .poll(() => me(page))
      .toMatchObject({ email: 'grace@example.com', name: 'grace of Example', role: 'marketing' });
    await admin.evaluate(async () =>
      fetch('/api/v1/sign-on', {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ roles: { 'crm-marketing': 'marketing', 'crm-sales': 'sales', 'crm-admin': 'admin' } }),
      }),
    );
    provider.setGroups('grace', ['crm-sales']);
    const again = await person();
    await signOn(again, 'grace');
    await expect.poll(() => me(again)).toMatchObject({ email: 'grace@example.com', role: 'sales' });
    await expect
      .poll(() => actions())
      .toEqual(expect.arrayContaining(['sign-on.created', 'sign-on', 'sign-on.role:sales']));
  });

  test('no role, an address that is not verified, and a deactivated person stay out, each with a page that says why', async () => {
    const nobody = await person();
    await signOn(nobody, 'nobody');
    await nobody.getByText('Tandem does not know what you may do').waitFor();
    const mallory = await person();
    await signOn(mallory, 'mallory');
    await mallory.getByText('This address belongs to somebody here').waitFor();
    await expect.poll(() => me(mallory)).not.toHaveProperty('email');
    await admin.evaluate(async () => {
      const users = (await (await fetch('/api/v1/users')).json()) as { items: { id: string; email: string }[] };
      const grace = users.items.find((one) => one.email === 'grace@example.com');
      await fetch(`/api/v1/users/${grace?.id}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ active: false }),
      });
    });
    const grace = await person();
    await signOn(grace, 'grace');
    await grace.getByText('Your access is closed').waitFor();
    await expect.poll(() => me(grace)).not.toHaveProperty('email');
    await expect
      .poll(() => actions())
      .toEqual(
        expect.arrayContaining([
          'sign-on.refused:no_role',
          'sign-on.refused:not_verified',
          'sign-on.refused:deactivated',
        ]),
      );
  });

  test('a verified address joins who is there already; passwords are closed but for one administrator, who cannot be removed', async () => {
    const joined = await person();
    await signOn(joined, 'ada');
    await expect.poll(() => me(joined)).toMatchObject({ email: 'ada@example.com', role: 'admin' });
    await expect.poll(() => actions()).toContain('sign-on.joined');
    await stage.running.product.api.signIn.addUser({
      email: 'bob@example.com',
      password: 'bobs long password',
      role: 'admin',
    });
    await admin.goto(`${stage.url}/settings?tab=sign-in`);
    await admin.getByLabel('only the administrator below').check();
    await admin.getByRole('combobox', { name: 'The administrator for emergencies' }).click();
    await admin.getByRole('option', { name: 'ada@example.com' }).click();
    await hears(admin, 'Saved.', () => admin.getByRole('button', { name: 'Check the provider and save' }).click());
    const bob = await person();
    await bob.goto(`${stage.url}/sign-in`);
    await bob.getByRole('link', { name: 'Sign in with Acme' }).waitFor();
    await expect.poll(() => bob.locator('input[type=password]').isVisible()).toBe(false);
    const tryPassword = (email: string, password: string): Promise<number> =>
      bob.evaluate(
        async (body) =>
          (
            await fetch('/api/auth/sign-in/email', {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(body),
            })
          ).status,
        { email, password },
      );
    expect(await tryPassword('bob@example.com', 'bobs long password')).toBe(401);
    await bob.getByRole('button', { name: 'Sign in with a password' }).click();
    await bob.fill('input[type=email]', 'ada@example.com');
    await bob.fill('input[type=password]', PASSWORD);
    await bob.getByRole('button', { name: 'Sign in', exact: true }).click();
    await bob.waitForURL((url) => !url.pathname.startsWith('/sign-in'));
    await expect.poll(() => me(bob)).toMatchObject({ email: 'ada@example.com' });
    const refused = await bob.evaluate(async () => {
      const users = (await (await fetch('/api/v1/users')).json()) as { items: { id: string; email: string }[] };
      const ada = users.items.find((one) => one.email === 'ada@example.com');
      const answer = await fetch(`/api/v1/users/${ada?.id}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ active: false }),
      });
      return { status: answer.status, text: await answer.text() };
    });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('signs in with a password while nobody else does');
  });

  test('a way back that another browser began, or that comes twice, opens nothing', async () => {
    const page = await person();
    await page.goto(`${stage.url}/sso/callback?code=abc&state=xyz`);
    await page.getByText('This way back is not valid any more').waitFor();
    await expect.poll(() => me(page)).not.toHaveProperty('email');
  });
});
