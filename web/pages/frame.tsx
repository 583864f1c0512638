import {
  AppShell,
  Badge,
  Burger,
  Group,
  Menu,
  NavLink,
  Text,
  Title,
  UnstyledButton,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconAlertCircle,
  IconArrowsLeftRight,
  IconFlag,
  IconForms,
  IconPlugConnected,
  IconSettings,
  IconUserCircle,
  IconUsers,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { signOut } from '../api/auth.ts';
import { api, routes } from '../api/client.ts';
import { useLiveRuns } from '../api/live.ts';
import { locale, number, setLocale } from '../i18n.ts';
import { emulatedQuery, meQuery } from '../routes.tsx';
import { PasteBox } from './paste-box.tsx';

/** Navigation, user menu, live progress; what a user may not see stands there with who can grant it. */
export function Frame() {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure();
  useLiveRuns();
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding="lg"
    >
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t('app.menu')} />
            <Group gap={8} wrap="nowrap">
              <img src="/light-green.svg" alt="" width={24} height={24} />
              <Title order={2} size="h3" visibleFrom="xs">
                {t('app.name')}
              </Title>
            </Group>
          </Group>
          <PasteBox />
          <UserMenu />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <Navigation onGo={close} />
      </AppShell.Navbar>
      <AppShell.Main>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function Navigation(props: { readonly onGo: () => void }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const { data: me } = useQuery(meQuery);
  const status = useQuery({ queryKey: ['status'], queryFn: () => api(routes.status), refetchInterval: 15_000 });
  useEffect(() => {
    const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]');
    if (icon !== null && status.data !== undefined) icon.href = `/light-${status.data.light}.svg`;
  }, [status.data]);
  const maySync = me?.scopes.includes('sync:read') === true;
  const count = (value: number | undefined, color: string) =>
    value ? (
      <Badge size="sm" variant="light" color={color}>
        {number(value)}
      </Badge>
    ) : undefined;
  const emulated = useQuery({ ...emulatedQuery, enabled: maySync });
  const race = { to: '/race', label: t('race.menu'), icon: IconFlag, right: undefined, may: true } as const;
  const items = [
    ...((emulated.data?.items.length ?? 0) > 0 ? [race] : []),
    {
      to: '/contacts',
      label: t('app.contacts'),
      icon: IconUsers,
      right: count(status.data?.contacts, 'gray'),
      may: true,
    },
    {
      to: '/forms',
      label: t('forms.menu'),
      icon: IconForms,
      right: undefined,
      may: me?.scopes.includes('hub:write') === true,
    },
    {
      to: '/to-fix',
      label: t('app.toFix'),
      icon: IconAlertCircle,
      right: count(
        (status.data?.rejections ?? 0) + (status.data?.merges ?? 0) + (status.data?.deletions ?? 0),
        'orange',
      ),
      may: maySync,
    },
    {
      to: '/conflicts',
      label: t('app.conflicts'),
      icon: IconArrowsLeftRight,
      right: count(status.data?.conflicts, 'tandem'),
      may: maySync,
    },
    {
      to: '/crm',
      label: `${t('app.configuration')} › ${t('app.crm')}`,
      icon: IconPlugConnected,
      right: undefined,
      may: maySync,
    },
    {
      to: '/settings',
      label: t('app.settings'),
      icon: IconSettings,
      right: undefined,
      may: me?.scopes.includes('hub:write') === true,
    },
  ] as const;
  return items.map(({ to, label, icon: Icon, right, may }) => (
    <NavLink
      key={to}
      component={Link}
      {...({ to } as object)}
      label={label}
      leftSection={<Icon size={18} stroke={1.7} />}
      rightSection={right}
      active={pathname.startsWith(to)}
      disabled={!may}
      title={may ? undefined : t('app.noRight')}
      onClick={props.onGo}
    />
  ));
}

function UserMenu() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <UnstyledButton aria-label={me?.name}>
          <Group gap={6}>
            <IconUserCircle size={22} stroke={1.5} />
            <Text size="sm" visibleFrom="sm">
              {me?.email}
            </Text>
          </Group>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void navigate({ to: '/account' })}>{t('account.menu')}</Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t('app.language')}</Menu.Label>
        <Menu.Item onClick={() => void setLocale('en')} fw={locale() === 'en' ? 700 : 400} lang="en">
          {'English'}
        </Menu.Item>
        <Menu.Item onClick={() => void setLocale('fr')} fw={locale() === 'fr' ? 700 : 400} lang="fr">
          {'Français'}
        </Menu.Item>
        <Menu.Label>{t('app.theme')}</Menu.Label>
        <Menu.Item onClick={() => setColorScheme('light')}>{t('app.light')}</Menu.Item>
        <Menu.Item onClick={() => setColorScheme('dark')}>{t('app.dark')}</Menu.Item>
        <Menu.Item onClick={() => setColorScheme('auto')}>{t('app.auto')}</Menu.Item>
        <Menu.Divider />
        <Menu.Item onClick={() => void signOut().then(() => navigate({ to: '/sign-in' }))}>
          {t('app.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
