import { ActionIcon, Anchor, Badge, Button, Group, Menu, Stack, Table, Tabs, Text, Title } from '@mantine/core';
import { IconDots, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { CallInput } from '../../../src/api/contract/call.ts';
import { api, queryClient, routes } from '../../api/client.ts';
import { locale, number, when } from '../../i18n.ts';
import { formsRoute } from '../../routes.tsx';
import { Empty, Failed, Loading, tellError } from '../../ui/feedback.tsx';
import { TextsTab } from './consent-texts.tsx';
import { FilesTab } from './files.tsx';
import { type Form, formsQuery, inputOf } from './queries.ts';
import { SubmissionsTab } from './submissions.tsx';
import { WebsiteTab } from './website.tsx';

/** Forms, what was submitted, what people agree to, and what they download. */
export function FormsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { tab = 'forms' } = formsRoute.useSearch();
  const forms = useQuery(formsQuery);
  const held = forms.data?.items.reduce((sum, form) => sum + form.counts.held, 0) ?? 0;
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1}>{t('forms.title')}</Title>
        <NewForm />
      </Group>
      <Tabs
        value={tab}
        onChange={(next) => void navigate({ to: '/forms', search: next === null ? {} : { tab: next } })}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="forms">{t('forms.tabForms')}</Tabs.Tab>
          <Tabs.Tab
            value="submissions"
            rightSection={
              held > 0 ? (
                <Badge size="sm" color="orange" variant="light">
                  {number(held)}
                </Badge>
              ) : undefined
            }
          >
            {t('forms.tabSubmissions')}
          </Tabs.Tab>
          <Tabs.Tab value="texts">{t('forms.tabTexts')}</Tabs.Tab>
          <Tabs.Tab value="files">{t('forms.tabFiles')}</Tabs.Tab>
          <Tabs.Tab value="website">{t('forms.tabWebsite')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="forms">
          <List />
        </Tabs.Panel>
        <Tabs.Panel value="submissions">
          <SubmissionsTab />
        </Tabs.Panel>
        <Tabs.Panel value="texts">
          <TextsTab />
        </Tabs.Panel>
        <Tabs.Panel value="files">
          <FilesTab />
        </Tabs.Panel>
        <Tabs.Panel value="website">
          <WebsiteTab />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function useMake() {
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (input: CallInput<typeof routes.createForm>) => api(routes.createForm, input),
    onSuccess: (form) => {
      void queryClient.invalidateQueries({ queryKey: ['forms'] });
      void navigate({ to: '/forms/$id', params: { id: form.id } });
    },
    onError: tellError,
  });
}

function NewForm() {
  const { t } = useTranslation();
  const make = useMake();
  return (
    <Button
      leftSection={<IconPlus size={16} />}
      loading={make.isPending}
      onClick={() => make.mutate({ body: { name: t('forms.newName'), title: t('forms.newName'), locale: locale() } })}
    >
      {t('forms.newForm')}
    </Button>
  );
}

function List() {
  const { t } = useTranslation();
  const forms = useQuery(formsQuery);
  if (forms.error !== null) return <Failed error={forms.error} retry={() => void forms.refetch()} />;
  if (forms.data === undefined) return <Loading />;
  if (forms.data.items.length === 0)
    return <Empty title={t('forms.emptyTitle')} text={t('forms.emptyText')} action={<NewForm />} />;
  return (
    <div className="table-wrap">
      <Table verticalSpacing="sm" highlightOnHover miw={640}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('forms.name')}</Table.Th>
            <Table.Th>{t('forms.state')}</Table.Th>
            <Table.Th>{t('forms.accepted')}</Table.Th>
            <Table.Th>{t('forms.held')}</Table.Th>
            <Table.Th>{t('forms.last')}</Table.Th>
            <Table.Th />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {forms.data.items.map((form) => (
            <Line key={form.id} form={form} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Line({ form }: { readonly form: Form }) {
  const { t } = useTranslation();
  const make = useMake();
  const drop = useMutation({
    mutationFn: () => api(routes.deleteForm, { params: { id: form.id } }),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['forms'] }),
    onError: tellError,
  });
  const submissions = (status: string, count: number) =>
    count === 0 ? (
      <Text size="sm" c="dimmed">
        {'0'}
      </Text>
    ) : (
      <Anchor
        size="sm"
        component={Link}
        className="number-link"
        {...({ to: '/forms', search: { tab: 'submissions', form: form.id, status } } as object)}
      >
        {number(count)}
      </Anchor>
    );
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor fw={600} component={Link} {...({ to: `/forms/${form.id}` } as object)}>
          {form.name}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <Badge variant="light" color={form.enabled ? 'green' : 'gray'}>
          {t(form.enabled ? 'forms.open' : 'forms.closed')}
        </Badge>
      </Table.Td>
      <Table.Td>{submissions('accepted', form.counts.accepted)}</Table.Td>
      <Table.Td>{submissions('held', form.counts.held)}</Table.Td>
      <Table.Td>
        <Text size="sm" c="dimmed">
          {when(form.counts.lastAt, t('common.never'))}
        </Text>
      </Table.Td>
      <Table.Td ta="right">
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon variant="subtle" color="gray" aria-label={t('app.menu')}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item component="a" href={form.address} target="_blank" rel="noreferrer">
              {t('forms.address')}
            </Menu.Item>
            <Menu.Item
              onClick={() =>
                make.mutate({ body: { ...inputOf(form), name: t('forms.copyOf', { name: form.name }).slice(0, 120) } })
              }
            >
              {t('forms.duplicate')}
            </Menu.Item>
            <Menu.Item
              color="red"
              onClick={() => {
                if (window.confirm(t('forms.deleteSure'))) drop.mutate();
              }}
            >
              {t('forms.delete')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Table.Td>
    </Table.Tr>
  );
}
