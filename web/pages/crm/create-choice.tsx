import { Button, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { meQuery } from '../../routes.tsx';
import { tell, tellError } from '../../ui/feedback.tsx';
import type { Connection, Crm, Field } from './queries.ts';

/** Whose lists the mapping on this page speaks of. */
export const MappedCrm = createContext<{ readonly connection: Connection; readonly crm: Crm } | null>(null);

const mayCreate = ({ createsOptions }: Crm, field: Field): boolean =>
  field.options !== undefined && (createsOptions === 'every' || (createsOptions === 'custom' && field.custom === true));

/** Makes a value of ours a choice of the CRM's list, after a question; it is found by its name from then on. */
export function CreateChoice(props: {
  readonly kind: Connection['mappings'][number]['kind'];
  readonly field: Field;
  readonly label: string;
}) {
  const { t } = useTranslation();
  const { kind, field, label } = props;
  const mapped = useContext(MappedCrm);
  const { data: me } = useQuery(meQuery);
  const create = useMutation({
    mutationFn: (id: string) =>
      api(routes.createOptions, { params: { id }, body: { kind, field: field.key, labels: [label] } }),
    onSuccess: ({ items }) => {
      const [made] = items;
      if (made?.ok === true) tell(t('choices.made', { value: label, crm: mapped?.crm.label ?? '' }));
      else tellError(new Error(made?.message ?? ''));
      void queryClient.invalidateQueries({ queryKey: ['crm-fields'] });
    },
    onError: tellError,
  });
  if (mapped === null || me?.scopes.includes('connections:write') !== true || !mayCreate(mapped.crm, field))
    return null;
  const { connection, crm } = mapped;
  const sure = t('choices.sure', { field: field.label, crm: crm.label, values: t('choices.quoted', { value: label }) });
  return (
    <Button
      size="compact-xs"
      variant="subtle"
      loading={create.isPending}
      onClick={() => {
        if (window.confirm(sure)) create.mutate(connection.id);
      }}
    >
      {t('choices.createButton', { crm: crm.label })}
    </Button>
  );
}

/** Where choices are added by hand only: how. */
export function ChoiceByHand({ field }: { readonly field: Field }) {
  const { t } = useTranslation();
  const mapped = useContext(MappedCrm);
  if (mapped === null || field.options === undefined || field.restricted === false) return null;
  if (mayCreate(mapped.crm, field) || mapped.crm.optionByHand === null) return null;
  return (
    <Text size="xs" c="dimmed">
      {t('choices.byHand', { how: mapped.crm.optionByHand.replace('{{field}}', field.label) })}
    </Text>
  );
}
