import { Alert, Anchor, Button, Checkbox, Group, List, Modal, Stack, Text, TextInput } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, queryClient, routes } from '../../api/client.ts';
import { Failed, Loading, tellError } from '../../ui/feedback.tsx';

type CrmRecord = z.output<typeof routes.recordsToErase.response>['items'][number];
type Erased = z.output<typeof routes.eraseContact.response>;
type Address = Pick<Erased['deleting'][number], 'connection' | 'crmId' | 'url'>;

const keyOf = ({ connection, crmId }: Pick<CrmRecord, 'connection' | 'crmId'>): string =>
  `${connection} ${crmId ?? ''}`;

/** Removes a person for good, here and, where it is ticked, their records in the CRMs (R18). */
export function EraseDialog(props: {
  readonly person: { readonly id: string; readonly email: string };
  readonly opened: boolean;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  const { person, opened, onClose } = props;
  const [typed, setTyped] = useState('');
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const records = useQuery({
    queryKey: ['records-to-erase', person.id],
    queryFn: () => api(routes.recordsToErase, { params: { id: person.id } }),
    enabled: opened,
    gcTime: 0,
  });
  const all = records.data?.items ?? [];
  const erase = useMutation({
    mutationFn: () =>
      api(routes.eraseContact, {
        params: { id: person.id },
        body: {
          email: typed,
          deleteInCrm: all
            .filter((record) => ticked.has(keyOf(record)))
            .map(({ connection, crmId }) => ({ connection, crmId })),
        },
      }),
    onError: (error) => {
      tellError(error);
      // A record may have gone meanwhile: what stands here is looked at again.
      void records.refetch();
    },
  });
  if (erase.data !== undefined) return <Done erased={erase.data} />;
  const tick = (record: CrmRecord): void => {
    const next = new Set(ticked);
    if (!next.delete(keyOf(record))) next.add(keyOf(record));
    setTicked(next);
  };
  return (
    <Modal opened={opened} onClose={onClose} title={t('person.eraseTitle', { email: person.email })} size="lg">
      <Stack>
        <Alert color="red">{t('person.eraseHint')}</Alert>
        {records.error !== null && <Failed error={records.error} retry={() => void records.refetch()} />}
        {records.error === null && records.data === undefined && <Loading />}
        {all.length > 0 && (
          <Stack gap="sm">
            <div>
              <Text fw={600}>{t('person.erasing.title')}</Text>
              <Text size="sm" c="dimmed">
                {t('person.erasing.hint')}
              </Text>
            </div>
            {all.map((record) => (
              <RecordChoice
                key={keyOf(record)}
                record={record}
                isTicked={ticked.has(keyOf(record))}
                onTick={() => tick(record)}
              />
            ))}
          </Stack>
        )}
        <TextInput
          label={t('person.typeEmail', { email: person.email })}
          autoComplete="off"
          data-autofocus
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button
            color="red"
            disabled={records.data === undefined || typed.trim().toLowerCase() !== person.email.toLowerCase()}
            loading={erase.isPending}
            onClick={() => erase.mutate()}
          >
            {t('person.eraseSubmit')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** One record: the tick, what deleting it means there, and the way to it. */
function RecordChoice(props: { readonly record: CrmRecord; readonly isTicked: boolean; readonly onTick: () => void }) {
  const { t } = useTranslation();
  const { record } = props;
  const words = { crm: record.crmLabel, connection: record.connection, name: record.name ?? '' };
  const kind = t(`person.erasing.kind.${record.kind}`);
  const named = record.name === null ? 'Unnamed' : '';
  const label =
    record.cannot === null
      ? t(`person.erasing.tick${record.crmId === null ? 'Making' : named}`, { ...words, kind })
      : t(`person.erasing.stays${named}`, { ...words, kind });
  return (
    <Checkbox
      checked={props.isTicked}
      disabled={record.cannot !== null}
      onChange={props.onTick}
      label={label}
      data-record={record.crmId ?? ''}
      description={
        <>
          {meaningOf(t, record).join(' ')}{' '}
          {record.url !== null && (
            <Anchor size="xs" href={record.url} target="_blank" rel="noreferrer">
              {t('person.erasing.open', words)} <IconExternalLink size={11} aria-hidden />
            </Anchor>
          )}
        </>
      }
    />
  );
}

function meaningOf(t: TFunction, record: CrmRecord): readonly string[] {
  const crm = record.crmLabel;
  const { cannot, deletion, waits } = record;
  if (cannot !== null) return [t(`person.erasing.cannot.${cannot}`, { crm })];
  const means =
    deletion?.binDays == null || deletion.forever
      ? t('person.erasing.forever', { crm })
      : t('person.erasing.bin', { crm, count: deletion.binDays });
  const wait =
    waits === null ? [] : [t(`person.erasing.waits.${waits === 'off' || waits === 'auth' ? waits : 'other'}`)];
  return [...(record.role === 'duplicate' ? [t('person.erasing.duplicate')] : []), means, ...wait];
}

/** What has become of the person: nothing is here, what goes from the CRMs, what stays there. */
function Done({ erased }: { readonly erased: Erased }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const leave = async (): Promise<void> => {
    queryClient.clear();
    await navigate({ to: '/contacts', search: {} });
  };
  const { records, deleting } = erased;
  return (
    <Modal opened onClose={() => void leave()} title={t('person.erased')}>
      <Stack>
        <Text size="sm">
          {t(records.length + deleting.length === 0 ? 'person.erasedNoRecords' : 'person.erasedAll')}
        </Text>
        {deleting.length > 0 && (
          <>
            <Text size="sm">{t('person.erasing.going')}</Text>
            <Addresses of={deleting} />
          </>
        )}
        {records.length > 0 && (
          <>
            <Text size="sm">{t('person.erasedRecords')}</Text>
            <Addresses of={records} />
          </>
        )}
        <Button onClick={() => void leave()}>{t('common.close')}</Button>
      </Stack>
    </Modal>
  );
}

const Addresses = ({ of }: { readonly of: readonly Address[] }) => (
  <List size="sm">
    {of.map((one) => (
      <List.Item key={keyOf(one)}>
        {one.url === null ? (
          [one.connection, one.crmId].filter((part) => part !== null).join(': ')
        ) : (
          <Anchor size="sm" href={one.url} target="_blank" rel="noreferrer">
            {`${one.connection}: ${one.crmId}`}
          </Anchor>
        )}
      </List.Item>
    ))}
  </List>
);
