import { Alert, Anchor, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { meQuery } from '../../routes.tsx';

/** Whoever is searched may be in a CRM and could not come in: found all the same, with the reason. */
export function NotIn({ search }: { readonly search: string }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const rejected = useQuery({
    queryKey: ['rejections', 'search', search],
    queryFn: () => api(routes.rejections, { query: { search, limit: 5 } }),
    enabled: me?.scopes.includes('sync:read') === true,
  });
  const outside = (rejected.data?.items ?? []).filter((one) => one.contactId === null);
  if (outside.length === 0) return null;
  return (
    <Alert color="orange" variant="light" title={t('story.notIn')}>
      <Stack gap={6}>
        {outside.map((one) => (
          <div key={one.id} data-not-in={one.reason}>
            <Text size="sm">{one.message}</Text>
            <Text size="sm" c="dimmed">
              {one.todo}{' '}
              <Anchor size="sm" component={Link} {...({ to: '/to-fix' } as object)}>
                {t('story.toFix')}
              </Anchor>
            </Text>
          </div>
        ))}
      </Stack>
    </Alert>
  );
}
