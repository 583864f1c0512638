import { Anchor, Badge, Button, Checkbox, Group, Paper, SegmentedControl, Select, Stack, Text } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { number, when } from '../../i18n.ts';
import { formsRoute } from '../../routes.tsx';
import { Empty, Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';
import { MoreButton } from '../../ui/more-button.tsx';
import { useFieldName } from '../crm/field-name.ts';
import { useFieldValue } from '../crm/field-value.ts';
import { formsQuery, type Submission } from './queries.ts';
import { SaidValues } from './said.tsx';

/** What was submitted: accepted, held until somebody decides, dropped, and tests. */
export function SubmissionsTab() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = formsRoute.useSearch();
  const forms = useQuery(formsQuery);
  const status = search.status ?? 'accepted';
  const list = useSubmissions(search.form, status);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const go = (change: { form?: string | undefined; status?: string }) =>
    void navigate({
      to: '/forms',
      search: {
        tab: 'submissions',
        status,
        ...(search.form === undefined ? {} : { form: search.form }),
        ...change,
      } as never,
    });
  const held = (forms.data?.items ?? [])
    .filter((form) => search.form === undefined || form.id === search.form)
    .reduce((sum, form) => sum + form.counts.held, 0);
  return (
    <Stack>
      <Group>
        <Select
          aria-label={t('forms.allForms')}
          w={240}
          allowDeselect={false}
          data={[
            { value: '', label: t('forms.allForms') },
            ...(forms.data?.items ?? []).map((form) => ({ value: form.id, label: form.name })),
          ]}
          value={search.form ?? ''}
          onChange={(form) => go({ form: form === '' || form === null ? undefined : form })}
        />
        <SegmentedControl
          value={status}
          onChange={(next) => {
            setChosen(new Set());
            go({ status: next });
          }}
          data={[
            { value: 'accepted', label: t('forms.accepted') },
            { value: 'held', label: held === 0 ? t('forms.held') : `${t('forms.held')} · ${number(held)}` },
            { value: 'refused', label: t('forms.refused') },
            { value: 'tests', label: t('forms.tests') },
          ]}
        />
      </Group>
      {status === 'held' && items.length > 0 && <HeldBar items={items} chosen={chosen} onChosen={setChosen} />}
      {list.error !== null && <Failed error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data !== undefined && items.length === 0 && (
        <Empty title={t('forms.submissionsEmpty')} text={t('forms.submissionsEmptyText')} />
      )}
      {items.map((one) => (
        <Line
          key={one.id}
          one={one}
          chosen={chosen.has(one.id)}
          onChoose={
            status === 'held'
              ? (isChosen) => {
                  const next = new Set(chosen);
                  if (isChosen) next.add(one.id);
                  else next.delete(one.id);
                  setChosen(next);
                }
              : undefined
          }
        />
      ))}
      <MoreButton of={list} />
    </Stack>
  );
}

const useSubmissions = (form: string | undefined, status: string) =>
  useInfiniteQuery({
    queryKey: ['submissions', form ?? '', status],
    queryFn: ({ pageParam }) =>
      api(routes.submissions, {
        query: {
          limit: 50,
          form,
          ...(status === 'tests' ? { test: 'true' } : { status: status, test: 'false' }),
          ...(pageParam === '' ? {} : { cursor: pageParam }),
        },
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });

function useDecide(onDone: () => void = () => undefined) {
  const { t } = useTranslation();
  return useMutation({
    mutationFn: (wish: { readonly ids: readonly string[]; readonly letThrough: boolean }) =>
      api(wish.letThrough ? routes.acceptSubmissions : routes.refuseSubmissions, { body: { ids: [...wish.ids] } }),
    onSuccess: ({ moved }) => {
      for (const key of ['submissions', 'forms']) void queryClient.invalidateQueries({ queryKey: [key] });
      tell(t('forms.done', { count: moved }));
      onDone();
    },
    onError: tellError,
  });
}

function HeldBar(props: {
  readonly items: readonly Submission[];
  readonly chosen: ReadonlySet<string>;
  readonly onChosen: (chosen: ReadonlySet<string>) => void;
}) {
  const { t } = useTranslation();
  const decide = useDecide(() => props.onChosen(new Set()));
  const { size } = props.chosen;
  const all = size === props.items.length;
  return (
    <Group justify="space-between">
      <Group gap="sm">
        <Checkbox
          aria-label={t('forms.held')}
          checked={all}
          indeterminate={size > 0 && !all}
          onChange={() => props.onChosen(all ? new Set() : new Set(props.items.map((one) => one.id)))}
        />
        <Text size="sm" c="dimmed">
          {t('forms.heldText')}
        </Text>
      </Group>
      {size > 0 && (
        <Group gap="xs">
          <Button size="xs" onClick={() => decide.mutate({ ids: [...props.chosen], letThrough: true })}>
            {t('forms.letThroughAll', { count: size })}
          </Button>
          <Button
            size="xs"
            color="red"
            variant="light"
            onClick={() => decide.mutate({ ids: [...props.chosen], letThrough: false })}
          >
            {t('forms.dropAll', { count: size })}
          </Button>
        </Group>
      )}
    </Group>
  );
}

function Line(props: {
  readonly one: Submission;
  readonly chosen: boolean;
  readonly onChoose: ((chosen: boolean) => void) | undefined;
}) {
  const { t } = useTranslation();
  const nameOf = useFieldName();
  const valueOf = useFieldValue();
  const { one } = props;
  const decide = useDecide();
  const values = Object.entries(one.fields);
  return (
    <Paper withBorder p="sm">
      <Group wrap="nowrap" align="flex-start" gap="sm">
        {props.onChoose !== undefined && (
          <Checkbox
            mt={2}
            aria-label={one.email}
            checked={props.chosen}
            onChange={(event) => props.onChoose?.(event.currentTarget.checked)}
          />
        )}
        <Stack gap={4} style={{ flex: 1, minWidth: 0 }}>
          <Group gap="xs">
            {one.contactId === null ? (
              <Text fw={600}>{one.email}</Text>
            ) : (
              <Anchor fw={600} component={Link} {...({ to: `/contacts/${one.contactId}` } as object)}>
                {one.email}
              </Anchor>
            )}
            <Marks one={one} />
            <Text size="xs" c="dimmed">{`${one.form.name} · ${when(one.at, '')}`}</Text>
          </Group>
          {one.reasons.map(({ reason, message }) => (
            <Text key={reason} size="sm" c={one.status === 'held' ? 'orange' : 'dimmed'}>
              {message}
            </Text>
          ))}
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {values.map(([field, value]) => `${nameOf(field)}: ${valueOf(field, value)}`).join(' · ')}
          </Text>
          {one.consents.length > 0 && (
            <Text size="xs" c="dimmed">
              {t('forms.agreedTo', { purposes: one.consents.map((consent) => consent.purpose).join(', ') })}
            </Text>
          )}
          {one.decidedBy !== null && (
            <Text size="xs" c="dimmed">
              {t('forms.decidedBy', { name: one.decidedBy })}
            </Text>
          )}
          <SaidValues submissions={[one]} />
        </Stack>
        {one.status === 'held' && (
          <Group gap={4} wrap="nowrap">
            <Button
              size="compact-sm"
              variant="light"
              loading={decide.isPending}
              onClick={() => decide.mutate({ ids: [one.id], letThrough: true })}
            >
              {t('forms.letThrough')}
            </Button>
            <Button
              size="compact-sm"
              variant="subtle"
              color="red"
              onClick={() => decide.mutate({ ids: [one.id], letThrough: false })}
            >
              {t('forms.drop')}
            </Button>
          </Group>
        )}
      </Group>
    </Paper>
  );
}

function Marks({ one }: { readonly one: Submission }) {
  const { t } = useTranslation();
  const mark = (text: string, color: string) => (
    <Badge size="sm" variant="light" color={color}>
      {text}
    </Badge>
  );
  return (
    <>
      {one.test && mark(t('forms.isTest'), 'gray')}
      {one.createdContact && mark(t('forms.newContact'), 'green')}
      {one.status === 'accepted' &&
        !one.test &&
        (one.proven === null
          ? mark(t('forms.unproven'), 'gray')
          : mark(t(one.proven === 'link' ? 'forms.provenLink' : 'forms.provenBrowser'), 'blue'))}
    </>
  );
}
