import { Anchor, Badge, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { emulatedQuery, meQuery } from '../../routes.tsx';
import { Mark } from '../../ui/mark.tsx';
import { GateList } from './gates.tsx';

/** The person's records in the CRMs, each with the way there; what stands between the person and a CRM. */
export function ContactLinks({ id, name }: { readonly id: string; readonly name: string }) {
  const { t } = useTranslation();
  const links = useQuery({ queryKey: ['links', id], queryFn: () => api(routes.links, { params: { id } }) });
  const { data: me } = useQuery(meQuery);
  const emulated = useQuery({ ...emulatedQuery, enabled: me?.scopes.includes('sync:read') === true });
  const list = links.data?.items ?? [];
  const mayRace = (connection: string): boolean =>
    emulated.data?.items.some((one) => one.connection === connection) === true;
  return (
    <Paper withBorder p="md">
      <Stack gap="xs">
        <Title order={2}>{t('contacts.links')}</Title>
        {links.data !== undefined && list.length === 0 && (
          <Text c="dimmed" size="sm">
            {t('contacts.noLinks')}
          </Text>
        )}
        {list.map((link) => (
          <Group key={link.id} justify="space-between">
            <Group gap="xs">
              <Mark id={link.crm} label={link.crmLabel} />
              <Text size="sm" fw={600}>
                {link.connection}
              </Text>
              <Badge size="sm" variant="light" color={link.state === 'active' ? 'green' : 'gray'}>
                {t(`contacts.state.${link.state}`, { defaultValue: link.state })}
              </Badge>
              {link.role !== 'primary' && (
                <Badge size="sm" variant="light" color="orange">
                  {t(`contacts.role.${link.role}`, { defaultValue: link.role })}
                </Badge>
              )}
              {link.ownerName !== null && (
                <Text size="sm" c="dimmed" data-owner-of={link.connection}>
                  {t('owners.is', { name: link.ownerName })}
                  {!link.ownerActive && ` (${t('owners.deactivated')})`}
                </Text>
              )}
            </Group>
            <Group gap="sm">
              {link.state === 'active' && link.kind !== 'contact' && mayRace(link.connection) && (
                <Anchor
                  size="sm"
                  component={Link}
                  {...({ to: '/race', search: { connection: link.connection, contact: id } } as object)}
                >
                  {t('story.race')}
                </Anchor>
              )}
              {link.url !== null && (
                <Anchor size="sm" href={link.url} target="_blank" rel="noreferrer">
                  {t('contacts.open', { crm: link.crmLabel })} <IconExternalLink size={12} aria-hidden />
                </Anchor>
              )}
            </Group>
          </Group>
        ))}
        <GateList id={id} name={name} />
      </Stack>
    </Paper>
  );
}
