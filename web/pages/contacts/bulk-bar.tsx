import { Button, Group, Menu, Modal, Select, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { tell, tellError } from '../../ui/feedback.tsx';

type Action = 'archive' | 'unarchive' | 'delete' | 'set';

/** What can be done with all chosen contacts at once; deleting asks first. */
export function BulkBar({ ids, onDone }: { readonly ids: readonly string[]; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<'delete' | 'set' | null>(null);
  const change = useMutation({
    mutationFn: (body: { action: Action; field?: string; value?: string | null }) =>
      api(routes.changeMany, { body: { ids: [...ids], ...body } }),
    onSuccess: ({ changed }) => {
      tell(t('segments.changed', { count: changed }));
      void queryClient.invalidateQueries({ queryKey: ['contacts'] });
      setAsking(null);
      onDone();
    },
    onError: tellError,
  });
  return (
    <Group gap="xs">
      <Text size="sm" fw={600}>
        {t('segments.chosen', { count: ids.length })}
      </Text>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button size="xs" variant="light" loading={change.isPending}>
            {t('segments.withThem')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setAsking('set')}>{t('segments.setField')}</Menu.Item>
          <Menu.Item onClick={() => change.mutate({ action: 'archive' })}>{t('person.archive')}</Menu.Item>
          <Menu.Item onClick={() => change.mutate({ action: 'unarchive' })}>{t('person.unarchive')}</Menu.Item>
          <Menu.Item color="red" onClick={() => setAsking('delete')}>
            {t('person.remove')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Button size="xs" variant="subtle" onClick={onDone}>
        {t('segments.chooseNone')}
      </Button>
      <Modal
        opened={asking === 'delete'}
        onClose={() => setAsking(null)}
        title={t('segments.deleteTitle', { count: ids.length })}
      >
        <Stack>
          <Text size="sm">{t('person.removeHint')}</Text>
          <Button color="red" loading={change.isPending} onClick={() => change.mutate({ action: 'delete' })}>
            {t('person.remove')}
          </Button>
        </Stack>
      </Modal>
      <SetField
        opened={asking === 'set'}
        onClose={() => setAsking(null)}
        onSet={(field, value) => change.mutate({ action: 'set', field, value })}
      />
    </Group>
  );
}

function SetField(props: {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onSet: (field: string, value: string | null) => void;
}) {
  const { t } = useTranslation();
  const fields = useQuery({ queryKey: ['hub-fields'], queryFn: () => api(routes.hubFields) });
  const [field, setField] = useState<string | null>(null);
  const [value, setValue] = useState('');
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={t('segments.setField')}>
      <Stack>
        <Select
          label={t('segments.field')}
          searchable
          data={(fields.data?.items ?? [])
            .filter((one) => !one.calculated && one.key !== 'email' && one.key !== 'origin')
            .map((one) => ({ value: one.key, label: t(`field.${one.key}`, { defaultValue: one.label }) }))}
          value={field}
          onChange={setField}
        />
        <TextInput
          label={t('segments.value')}
          description={t('segments.emptyClears')}
          value={value}
          onChange={(event) => setValue(event.currentTarget.value)}
        />
        <Button
          disabled={field === null}
          onClick={() => field !== null && props.onSet(field, value === '' ? null : value)}
        >
          {t('common.save')}
        </Button>
      </Stack>
    </Modal>
  );
}
