import { Button, Group, Modal, NavLink, Paper, Stack, TagsInput, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import type { list } from '../../../src/api/contract/list-routes.ts';
import { api, ProblemError, queryClient, routes } from '../../api/client.ts';
import { settingsRoute } from '../../routes.tsx';
import { Empty, Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';
import { ListPage } from './list.tsx';

export type List = z.output<typeof list>;
export const listsQuery = { queryKey: ['lists'], queryFn: () => api(routes.lists) } as const;

/** After a change of fields or lists: everything that shows them. */
export function listsChanged(): void {
  for (const key of ['lists', 'list', 'hub-fields', 'rejections', 'connections'])
    void queryClient.invalidateQueries({ queryKey: [key] });
}

/** Every list beside the one that is open; the open one is in the address. */
export function Lists() {
  const { t } = useTranslation();
  const { list: wanted } = settingsRoute.useSearch();
  const navigate = useNavigate();
  const lists = useQuery(listsQuery);
  const [isMaking, setMaking] = useState(false);
  if (lists.error !== null) return <Failed error={lists.error} retry={() => void lists.refetch()} />;
  if (lists.data === undefined) return <Loading />;
  const { items } = lists.data;
  const open = items.find((one) => one.id === wanted) ?? items[0];
  const show = (id: string | undefined): void =>
    void navigate({ to: '/settings', search: { tab: 'lists', ...(id === undefined ? {} : { list: id }) } });
  const make = (
    <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
      {t('lists.newList')}
    </Button>
  );
  return (
    <>
      {open === undefined ? (
        <Empty title={t('lists.none')} text={t('lists.noneText')} action={make} />
      ) : (
        <div className="side-by-side">
          <Stack gap="xs">
            <nav aria-label={t('lists.lists')} className="list-names">
              {items.map((one) => (
                <NavLink
                  key={one.id}
                  active={one.id === open.id}
                  label={one.label}
                  description={t('lists.count', { count: one.values.filter((value) => !value.removed).length })}
                  onClick={() => show(one.id)}
                />
              ))}
            </nav>
            {make}
          </Stack>
          <Paper withBorder p="md" miw={0}>
            <ListPage key={open.id} id={open.id} onGone={() => show(undefined)} />
          </Paper>
        </div>
      )}
      {isMaking && (
        <NewList
          onClose={() => setMaking(false)}
          onMade={(id) => {
            setMaking(false);
            show(id);
          }}
        />
      )}
    </>
  );
}

function NewList(props: { readonly onClose: () => void; readonly onMade: (id: string) => void }) {
  const { t } = useTranslation();
  const [label, setLabel] = useState('');
  const [values, setValues] = useState<string[]>([]);
  const [problem, setProblem] = useState<string>();
  const make = useMutation({
    mutationFn: () => api(routes.createList, { body: { label, values } }),
    onSuccess: (made) => {
      listsChanged();
      tell(t('lists.saved'));
      props.onMade(made.id);
    },
    onError: (error) => {
      setProblem(error instanceof ProblemError ? error.problem.errors?.[0]?.message : undefined);
      tellError(error);
    },
  });
  return (
    <Modal opened onClose={props.onClose} title={t('lists.newList')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <Stack>
          <TextInput
            data-autofocus
            required
            label={t('lists.label')}
            value={label}
            onChange={(event) => setLabel(event.currentTarget.value)}
            error={problem}
          />
          <TagsInput
            label={t('lists.values')}
            description={t('lists.valuesHelp')}
            value={values}
            onChange={setValues}
            splitChars={[';', '\n']}
          />
          <Group justify="flex-end">
            <Text size="sm" c="dimmed">
              {t('lists.count', { count: values.length })}
            </Text>
            <Button type="submit" disabled={label.trim() === ''} loading={make.isPending}>
              {t('lists.newList')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
