import { Anchor, Group } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

/** The ways to a person's page here and to their record in the CRM, as far as there are any. */
export function PersonLinks(props: {
  readonly of: { readonly contactId: string | null; readonly crmId: string | null; readonly crmUrl: string | null };
}) {
  const { t } = useTranslation();
  const { contactId, crmId, crmUrl } = props.of;
  return (
    <Group gap="md">
      {contactId !== null && (
        <Anchor size="sm" component={Link} {...({ to: '/contacts/$id', params: { id: contactId } } as object)}>
          {t('history.openContact')}
        </Anchor>
      )}
      {crmUrl !== null && (
        <Anchor size="sm" href={crmUrl} target="_blank" rel="noreferrer">
          {crmId} <IconExternalLink size={12} />
        </Anchor>
      )}
    </Group>
  );
}
