import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { api, ProblemError, queryClient, routes } from './api/client.ts';
import { Frame } from './pages/frame.tsx';
import { Loading, NotHere } from './ui/feedback.tsx';

/** The product's table of contents. State lives in the address, so that a line of a mail can point at it. */
const root = createRootRoute();

export const meQuery = { queryKey: ['me'], queryFn: () => api(routes.me), staleTime: 60_000 } as const;

export const signInRoute = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { to?: string } =>
    typeof search['to'] === 'string' ? { to: search['to'] } : {},
  component: lazyRouteComponent(() => import('./pages/sign-in/sign-in.tsx'), 'SignInPage'),
});
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('./pages/sign-in/setup.tsx'), 'SetupPage'),
});

const forgotten = createRoute({
  getParentRoute: () => root,
  path: '/forgotten',
  component: lazyRouteComponent(() => import('./pages/sign-in/forgotten.tsx'), 'ForgottenPage'),
});
const resetPassword = createRoute({
  getParentRoute: () => root,
  path: '/reset-password',
  component: lazyRouteComponent(() => import('./pages/sign-in/forgotten.tsx'), 'ResetPasswordPage'),
});
const askForAccess = createRoute({
  getParentRoute: () => root,
  path: '/ask-for-access',
  component: lazyRouteComponent(() => import('./pages/sign-in/forgotten.tsx'), 'AskForAccessPage'),
});
const invitation = createRoute({
  getParentRoute: () => root,
  path: '/invitation',
  component: lazyRouteComponent(() => import('./pages/sign-in/invitation.tsx'), 'InvitationPage'),
});

const frame = createRoute({
  getParentRoute: () => root,
  id: 'frame',
  component: Frame,
  beforeLoad: async ({ location }) => {
    try {
      await queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof ProblemError && error.problem.status === 401)
        throw redirect({ to: '/sign-in', search: { to: location.href } });
      throw error;
    }
  },
});

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** Connections to emulated CRMs: the demo has some, and begins with the race. */
export const emulatedQuery = {
  queryKey: ['emulated'],
  queryFn: () => api(routes.emulated),
  staleTime: 60_000,
} as const;

const home = createRoute({
  getParentRoute: () => frame,
  path: '/',
  beforeLoad: async () => {
    const me = await queryClient.ensureQueryData(meQuery);
    if (!me.scopes.includes('sync:read')) throw redirect({ to: '/contacts', search: {} as never });
    const emulated = await queryClient.ensureQueryData(emulatedQuery);
    throw redirect({ to: emulated.items.length > 0 ? '/race' : '/crm', search: {} as never });
  },
});
export const raceRoute = createRoute({
  getParentRoute: () => frame,
  path: '/race',
  validateSearch: (search: Record<string, unknown>): { connection?: string; contact?: string } => ({
    ...(text(search['connection']) === undefined ? {} : { connection: String(search['connection']) }),
    ...(text(search['contact']) === undefined ? {} : { contact: String(search['contact']) }),
  }),
  component: lazyRouteComponent(() => import('./pages/race/race.tsx'), 'RacePage'),
});
export const crmRoute = createRoute({
  getParentRoute: () => frame,
  path: '/crm',
  validateSearch: (
    search: Record<string, unknown>,
  ): {
    tab?: string;
    connection?: string;
    run?: string;
    outcome?: string;
    report?: string;
    direction?: string;
    compare?: string;
  } => ({
    ...(text(search['compare']) === undefined ? {} : { compare: String(search['compare']) }),
    ...(text(search['tab']) === undefined ? {} : { tab: String(search['tab']) }),
    ...(text(search['connection']) === undefined ? {} : { connection: String(search['connection']) }),
    ...(text(search['run']) === undefined ? {} : { run: String(search['run']) }),
    ...(text(search['outcome']) === undefined ? {} : { outcome: String(search['outcome']) }),
    ...(text(search['report']) === undefined ? {} : { report: String(search['report']) }),
    ...(text(search['direction']) === undefined ? {} : { direction: String(search['direction']) }),
  }),
  component: lazyRouteComponent(() => import('./pages/crm/crm.tsx'), 'CrmPage'),
});
export const contactsRoute = createRoute({
  getParentRoute: () => frame,
  path: '/contacts',
  validateSearch: (search: Record<string, unknown>): { q?: string; sort?: string; filter?: string } => ({
    ...(text(search['filter']) === undefined ? {} : { filter: String(search['filter']) }),
    ...(text(search['q']) === undefined ? {} : { q: String(search['q']) }),
    ...(text(search['sort']) === undefined ? {} : { sort: String(search['sort']) }),
  }),
  component: lazyRouteComponent(() => import('./pages/contacts/contacts.tsx'), 'ContactsPage'),
});
const imports = createRoute({
  getParentRoute: () => frame,
  path: '/contacts/import',
  component: lazyRouteComponent(() => import('./pages/imports/imports.tsx'), 'ImportsPage'),
});
export const importRoute = createRoute({
  getParentRoute: () => frame,
  path: '/contacts/import/$id',
  component: lazyRouteComponent(() => import('./pages/imports/import.tsx'), 'ImportPage'),
});
export const formsRoute = createRoute({
  getParentRoute: () => frame,
  path: '/forms',
  validateSearch: (search: Record<string, unknown>): { tab?: string; form?: string; status?: string } => ({
    ...(text(search['tab']) === undefined ? {} : { tab: String(search['tab']) }),
    ...(text(search['form']) === undefined ? {} : { form: String(search['form']) }),
    ...(text(search['status']) === undefined ? {} : { status: String(search['status']) }),
  }),
  component: lazyRouteComponent(() => import('./pages/forms/forms.tsx'), 'FormsPage'),
});
export const formRoute = createRoute({
  getParentRoute: () => frame,
  path: '/forms/$id',
  component: lazyRouteComponent(() => import('./pages/forms/builder.tsx'), 'BuilderPage'),
});
export const contactRoute = createRoute({
  getParentRoute: () => frame,
  path: '/contacts/$id',
  component: lazyRouteComponent(() => import('./pages/contacts/contact.tsx'), 'ContactPage'),
});
export const fixRoute = createRoute({
  getParentRoute: () => frame,
  path: '/to-fix',
  validateSearch: (search: Record<string, unknown>): { connection?: string; reason?: string } => ({
    ...(text(search['connection']) === undefined ? {} : { connection: String(search['connection']) }),
    ...(text(search['reason']) === undefined ? {} : { reason: String(search['reason']) }),
  }),
  component: lazyRouteComponent(() => import('./pages/tasks/to-fix.tsx'), 'ToFixPage'),
});
const conflicts = createRoute({
  getParentRoute: () => frame,
  path: '/conflicts',
  component: lazyRouteComponent(() => import('./pages/tasks/conflicts.tsx'), 'ConflictsPage'),
});
const account = createRoute({
  getParentRoute: () => frame,
  path: '/account',
  component: lazyRouteComponent(() => import('./pages/account/account.tsx'), 'AccountPage'),
});
export const settingsRoute = createRoute({
  getParentRoute: () => frame,
  path: '/settings',
  validateSearch: (
    search: Record<string, unknown>,
  ): { tab?: string; state?: string; mail?: string; list?: string; webhook?: string } => ({
    ...(text(search['tab']) === undefined ? {} : { tab: String(search['tab']) }),
    ...(text(search['state']) === undefined ? {} : { state: String(search['state']) }),
    ...(text(search['mail']) === undefined ? {} : { mail: String(search['mail']) }),
    ...(text(search['list']) === undefined ? {} : { list: String(search['list']) }),
    ...(text(search['webhook']) === undefined ? {} : { webhook: String(search['webhook']) }),
  }),
  component: lazyRouteComponent(() => import('./pages/settings/settings.tsx'), 'SettingsPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signInRoute,
    setup,
    forgotten,
    resetPassword,
    askForAccess,
    invitation,
    frame.addChildren([
      home,
      raceRoute,
      crmRoute,
      contactsRoute,
      imports,
      importRoute,
      contactRoute,
      formsRoute,
      formRoute,
      fixRoute,
      conflicts,
      account,
      settingsRoute,
    ]),
  ]),
  defaultPendingComponent: Loading,
  defaultNotFoundComponent: NotHere,
  defaultPreload: 'intent',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
