import { Anchor, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';

const CAST = {
  theo: 'Theo Throttle',
  vera: 'Vera Vanished',
  max: 'Max Merged',
  lena: 'Lena Leadtocontact',
  olga: 'Olga Optedout',
  rita: 'Rita Required',
  noah: 'Noah Nomail',
  paul: 'Paul Picklist',
  tina: 'Tina Twice',
  asa: 'Åsa Ünïcode',
  laura: 'Laura Longname',
  conrad: 'Conrad Conflict',
} as const;

/** The way to each of the twelve, where the demo has them. */
export function Cast() {
  const { t } = useTranslation();
  const there = useQuery({
    queryKey: ['contacts', 'cast'],
    queryFn: () => api(routes.contacts, { query: { search: 'difficult.example', limit: 1 } }),
    staleTime: 60_000,
  });
  if ((there.data?.items.length ?? 0) === 0) return null;
  return (
    <Stack gap="xs">
      <Title order={2}>{t('cast.title')}</Title>
      <Text c="dimmed">{t('cast.intro')}</Text>
      <div className="cast">
        {Object.entries(CAST).map(([key, name]) => (
          <Anchor
            key={key}
            component={Link}
            className="cast-card"
            underline="never"
            {...({ to: '/contacts', search: { q: name } } as object)}
          >
            <Text size="sm" fw={650} c="bright">
              {name}
            </Text>
            <Text size="sm" c="dimmed">
              {t(`cast.${key}`)}
            </Text>
          </Anchor>
        ))}
      </div>
    </Stack>
  );
}
