import {
  Anchor,
  Badge,
  Button,
  Checkbox,
  Group,
  MultiSelect,
  Popover,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useDebouncedCallback, useDebouncedValue, useLocalStorage } from '@mantine/hooks';
import { IconColumns3, IconDownload, IconSearch, IconUpload } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { needsValue } from '../../../src/core/contact-filter.ts';
import { api, routes } from '../../api/client.ts';
import { number, when } from '../../i18n.ts';
import { contactsRoute, meQuery } from '../../routes.tsx';
import { Empty, Failed, Loading } from '../../ui/feedback.tsx';
import { MoreButton } from '../../ui/more-button.tsx';
import { useFieldName } from '../crm/field-name.ts';
import { useFieldValue } from '../crm/field-value.ts';
import { BulkBar, type Chosen } from './bulk-bar.tsx';
import { BulkProgress } from './bulk-progress.tsx';
import { useExport } from './export-contacts.ts';
import { type Filter, FilterBar } from './filter-bar.tsx';
import { NewContact } from './new-contact.tsx';
import { NotIn } from './not-in.tsx';

/** So many are changed at once by their ids; more are meant by filter and search. */
const BY_ID = 500;
/** Not a field of the hub: who owns the person's records in the CRMs. */
const OWNER = 'crm_owner';
const SORTS = { email: 'email', score: 'score', updated: 'updated' } as const;
type Contact = z.output<typeof routes.findContacts.response>['items'][number];

/** A condition that is still being written is not asked for yet. */
const complete = (filter: Filter): Filter =>
  filter.filter((one) => !needsValue(one.op) || (one.value !== undefined && one.value !== ''));

/** The address holds search, order and filter, so that a view can be sent to somebody. */
function useView() {
  const { q = '', sort = 'updated', filter: text } = contactsRoute.useSearch();
  const navigate = useNavigate({ from: contactsRoute.fullPath });
  const set = (next: { q?: string; sort?: string; filter?: Filter }): void => {
    const filter =
      next.filter === undefined ? text : next.filter.length === 0 ? undefined : JSON.stringify(next.filter);
    const search = next.q ?? q;
    void navigate({
      search: {
        ...(search === '' ? {} : { q: search }),
        sort: next.sort ?? sort,
        ...(filter === undefined ? {} : { filter }),
      },
      replace: true,
    });
  };
  return { q, sort, filter: parse(text), set };
}

function parse(text: string | undefined): Filter {
  try {
    const parsed: unknown = JSON.parse(text ?? '[]');
    // Whatever stands in the address, the server checks each condition.
    return Array.isArray(parsed) ? (parsed as Filter) : [];
  } catch {
    return [];
  }
}

export function ContactsPage() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const mayWrite = me?.scopes.includes('contacts:write') === true;
  const { q, sort, filter, set } = useView();
  const search = useDebouncedCallback((text: string) => {
    // Whoever has been opened meanwhile stays open.
    if (window.location.pathname === contactsRoute.fullPath) set({ q: text });
  }, 250);
  const [asked] = useDebouncedValue(complete(filter), 300);
  const [chosen, setChosen] = useState<Chosen>([]);
  const [begun, setBegun] = useState<readonly string[]>([]);
  const keep = useExport();
  const meant = JSON.stringify([q, asked]);
  // Who was chosen among others is not chosen here.
  const [chosenIn, setChosenIn] = useState(meant);
  if (chosenIn !== meant) {
    setChosenIn(meant);
    setChosen([]);
  }
  const [columns, setColumns] = useLocalStorage<string[]>({
    key: 'tandem-contact-columns',
    defaultValue: ['company', OWNER],
  });
  const contacts = useInfiniteQuery({
    queryKey: ['contacts', q, sort, asked],
    queryFn: ({ pageParam }) =>
      api(routes.findContacts, {
        body: {
          limit: 50,
          filter: [...asked],
          sort: sort in SORTS ? (sort as keyof typeof SORTS) : 'updated',
          ...(q === '' ? {} : { search: q }),
          ...(pageParam === '' ? {} : { cursor: pageParam }),
        },
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const list = contacts.data?.pages.flatMap((page) => page.items) ?? [];
  const total = contacts.data?.pages[0]?.total ?? 0;
  return (
    <Stack>
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={1}>{t('contacts.title')}</Title>
          {contacts.data !== undefined && <Text c="dimmed">{t('segments.people', { count: total })}</Text>}
        </Group>
        <Group gap="xs">
          <TextInput
            w={280}
            leftSection={<IconSearch size={16} />}
            placeholder={t('common.search')}
            aria-label={t('common.search')}
            defaultValue={q}
            onChange={(event) => search(event.currentTarget.value)}
          />
          <Columns columns={columns} onChange={setColumns} />
          {mayWrite && total > 0 && (
            <Button
              variant="default"
              px="xs"
              aria-label={t('segments.export')}
              title={t('segments.exportHint')}
              loading={keep.isPending}
              onClick={() => keep.mutate({ filter: asked, search: q })}
            >
              <IconDownload size={18} />
            </Button>
          )}
          <ImportLink />
          <NewContact />
        </Group>
      </Group>
      <FilterBar filter={filter} onChange={(next) => set({ filter: next })} />
      <BulkProgress begun={begun} />
      {chosen.length > 0 && (
        <BulkBar
          chosen={chosen}
          filter={asked}
          search={q}
          total={total}
          shown={Math.min(list.length, BY_ID)}
          onChooseAll={() => setChosen('all')}
          onBegun={(id) => setBegun([...begun, id])}
          onDone={() => setChosen([])}
        />
      )}
      {contacts.error !== null && <Failed error={contacts.error} retry={() => void contacts.refetch()} />}
      {contacts.isPending && <Loading />}
      {q !== '' && <NotIn search={q} />}
      {contacts.data !== undefined && list.length === 0 && (
        <Empty
          title={t(asked.length === 0 && q === '' ? 'contacts.empty' : 'segments.nobody')}
          text={
            q !== ''
              ? t('contacts.nothingFound', { search: q })
              : t(asked.length > 0 ? 'segments.widen' : 'contacts.emptyText')
          }
        />
      )}
      {list.length > 0 && (
        <List
          list={list}
          sort={sort}
          columns={columns}
          chosen={chosen}
          onChoose={setChosen}
          onSort={(key) => set({ sort: key })}
        />
      )}
      <MoreButton of={contacts} />
    </Stack>
  );
}

function ImportLink() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  if (me?.scopes.includes('contacts:write') !== true) return null;
  return (
    <Button
      component={Link}
      {...({ to: '/contacts/import' } as object)}
      variant="default"
      leftSection={<IconUpload size={16} />}
    >
      {t('imports.open')}
    </Button>
  );
}

function Columns({ columns, onChange }: { readonly columns: string[]; readonly onChange: (next: string[]) => void }) {
  const { t } = useTranslation();
  const fields = useQuery({ queryKey: ['hub-fields'], queryFn: () => api(routes.hubFields) });
  return (
    <Popover position="bottom-end" width={300} withArrow shadow="md">
      <Popover.Target>
        <Button variant="default" px="xs" aria-label={t('segments.columns')} title={t('segments.columns')}>
          <IconColumns3 size={18} />
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <MultiSelect
          label={t('segments.columns')}
          searchable
          comboboxProps={{ withinPortal: false }}
          data={[
            { value: OWNER, label: t('owners.column') },
            ...(fields.data?.items ?? [])
              .filter((one) => !['email', 'score', 'first_name', 'last_name', 'url'].includes(one.key))
              .map((one) => ({ value: one.key, label: t(`field.${one.key}`, { defaultValue: one.label }) })),
          ]}
          value={columns}
          onChange={onChange}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

interface ListProps {
  readonly list: readonly Contact[];
  readonly sort: string;
  readonly columns: readonly string[];
  readonly chosen: Chosen;
  readonly onChoose: (ids: readonly string[]) => void;
  readonly onSort: (key: string) => void;
}

function List({ list, sort, columns, chosen, onChoose, onSort }: ListProps) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const nameOf = useFieldName();
  const valueOf = useFieldValue();
  const mayWrite = me?.scopes.includes('contacts:write') === true;
  const head = (key: string, label: string) => (
    <Table.Th>
      <Anchor
        component="button"
        type="button"
        size="sm"
        fw={600}
        {...(sort === key ? {} : { c: 'dimmed' })}
        onClick={() => onSort(key)}
      >
        {label}
      </Anchor>
    </Table.Th>
  );
  const all = list.slice(0, BY_ID).map((one) => one.id);
  const isChosen = (id: string): boolean => chosen === 'all' || chosen.includes(id);
  const others = (id: string): readonly string[] => (chosen === 'all' ? all : chosen).filter((one) => one !== id);
  return (
    <div className="table-wrap">
      <Table highlightOnHover verticalSpacing="xs" miw={720}>
        <Table.Thead>
          <Table.Tr>
            {mayWrite && (
              <Table.Th w={36}>
                <Checkbox
                  size="xs"
                  aria-label={t('segments.chooseAll')}
                  checked={chosen === 'all' || (chosen.length > 0 && chosen.length === all.length)}
                  indeterminate={chosen !== 'all' && chosen.length > 0 && chosen.length < all.length}
                  onChange={(event) => onChoose(event.currentTarget.checked ? all : [])}
                />
              </Table.Th>
            )}
            <Table.Th>{t('contacts.name')}</Table.Th>
            {head('email', t('contacts.email'))}
            {columns.map((key) => (
              <Table.Th key={key}>{key === OWNER ? t('owners.column') : nameOf(key)}</Table.Th>
            ))}
            {head('score', t('contacts.score'))}
            {head('updated', t('contacts.updated'))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.map((one) => (
            <Table.Tr key={one.id}>
              {mayWrite && (
                <Table.Td>
                  <Checkbox
                    size="xs"
                    aria-label={t('segments.choose', { email: one.email })}
                    checked={isChosen(one.id)}
                    onChange={(event) =>
                      onChoose([...others(one.id), ...(event.currentTarget.checked ? [one.id] : [])])
                    }
                  />
                </Table.Td>
              )}
              <Table.Td>
                <Anchor component={Link} {...({ to: '/contacts/$id', params: { id: one.id } } as object)} fw={600}>
                  {[one.fields['first_name'], one.fields['last_name']].filter(Boolean).join(' ') || one.email}
                </Anchor>
              </Table.Td>
              <Table.Td>{one.email}</Table.Td>
              {columns.map((key) => (
                <Table.Td key={key}>
                  {key === OWNER ? (
                    <Owners of={one} />
                  ) : one.fields[key] === undefined ? (
                    ''
                  ) : (
                    valueOf(key, one.fields[key] ?? null)
                  )}
                </Table.Td>
              ))}
              <Table.Td>
                <Badge variant="light" color={one.score >= 20 ? 'tandem' : 'gray'}>
                  {number(one.score)}
                </Badge>
              </Table.Td>
              <Table.Td>{when(one.updatedAt, '')}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** One line per CRM; who is deactivated there is said. */
function Owners({ of }: { readonly of: Contact }) {
  const { t } = useTranslation();
  return (of.owners ?? []).map((one) => (
    <Text key={one.connection} size="sm" lh={1.3} {...(one.active ? {} : { c: 'dimmed' })}>
      {one.name}
      <Text span size="xs" c="dimmed" display="block">
        {`${one.connection}${one.active ? '' : ` · ${t('owners.deactivated')}`}`}
      </Text>
    </Text>
  ));
}
