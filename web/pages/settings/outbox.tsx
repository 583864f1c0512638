import {
  Alert,
  Badge,
  Button,
  Drawer,
  Group,
  SegmentedControl,
  Stack,
  Table,
  Text,
  UnstyledButton,
} from '@mantine/core';
import { useInfiniteQuery, useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { number, when } from '../../i18n.ts';
import { settingsRoute } from '../../routes.tsx';
import { Empty, Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';
import { MoreButton } from '../../ui/more-button.tsx';

const STATES = ['queued', 'sent', 'failed', 'held'] as const;
const COLOUR = { queued: 'blue', sending: 'blue', sent: 'green', failed: 'red', held: 'gray' } as const;
type State = (typeof STATES)[number];

const listQuery = (state: State | undefined) => ({
  queryKey: ['outbox', state ?? ''],
  queryFn: ({ pageParam }: { pageParam: string }) =>
    api(routes.outbox, {
      query: {
        limit: 50,
        ...(state === undefined ? {} : { state }),
        ...(pageParam === '' ? {} : { cursor: pageParam }),
      },
    }),
  initialPageParam: '',
  getNextPageParam: (page: { next: string | null }) => page.next ?? undefined,
  refetchInterval: 10_000,
});

/** Every mail, its state, and how it looks to its reader. */
export function Outbox() {
  const { t } = useTranslation();
  const { mail, state } = settingsRoute.useSearch();
  const navigate = useNavigate({ from: settingsRoute.fullPath });
  const chosen = STATES.find((one) => one === state);
  const list = useInfiniteQuery(listQuery(chosen));
  const open = (id: string | undefined) =>
    void navigate({ search: (before) => ({ ...before, tab: 'mail', mail: id }) as never });
  if (list.error !== null) return <Failed error={list.error} retry={() => void list.refetch()} />;
  if (list.data === undefined) return <Loading />;
  const [first] = list.data.pages;
  const { counts, sending } = first ?? { counts: {} as Partial<Record<State, number>>, sending: 'on' };
  const mails = list.data.pages.flatMap((page) => page.items);
  const total = STATES.reduce((sum, one) => sum + (counts[one] ?? 0), 0);
  return (
    <Stack maw={980}>
      <Text c="dimmed">{t('outbox.intro')}</Text>
      {sending !== 'on' && <Alert color="orange">{t(sending === 'quiet' ? 'outbox.quiet' : 'outbox.noServer')}</Alert>}
      {total > 0 && (
        <SegmentedControl
          w="fit-content"
          maw="100%"
          value={chosen ?? ''}
          onChange={(value) =>
            void navigate({ search: { tab: 'mail', ...(value === '' ? {} : { state: value }) } as never })
          }
          data={[
            { value: '', label: `${t('outbox.all')} ${number(total)}` },
            ...STATES.filter((one) => (counts[one] ?? 0) > 0 || one === chosen).map((one) => ({
              value: one,
              label: `${t(one === 'queued' && sending === 'no_server' ? 'outbox.kept' : `outbox.state.${one}`)} ${number(counts[one] ?? 0)}`,
            })),
          ]}
        />
      )}
      {mails.length === 0 && <Empty title={t('outbox.empty')} text={t('outbox.emptyText')} />}
      {mails.length > 0 && <MailTable mails={mails} isKept={sending === 'no_server'} onOpen={open} />}
      <MoreButton of={list} />
      {mail !== undefined && <MailDrawer id={mail} onClose={() => open(undefined)} />}
    </Stack>
  );
}

interface Mail {
  readonly id: string;
  readonly kind: string;
  readonly recipient: string;
  readonly subject: string;
  readonly state: keyof typeof COLOUR;
  readonly tries: number;
  readonly nextTryAt: string | null;
  readonly error: string | null;
  readonly createdAt: string;
  readonly sentAt: string | null;
}

function MailTable(props: {
  readonly mails: readonly Mail[];
  readonly isKept: boolean;
  readonly onOpen: (id: string) => void;
}) {
  const { t } = useTranslation();
  return (
    <Table.ScrollContainer minWidth={340}>
      <Table highlightOnHover verticalSpacing="sm">
        <Table.Tbody>
          {props.mails.map((one) => (
            <Table.Tr key={one.id} style={{ cursor: 'pointer' }} onClick={() => props.onOpen(one.id)}>
              <Table.Td>
                <UnstyledButton w="100%" onClick={() => props.onOpen(one.id)}>
                  <Text fw={500}>{one.subject}</Text>
                  <Text
                    size="sm"
                    c="dimmed"
                  >{`${one.recipient} · ${t(`outbox.kind.${one.kind}`, { defaultValue: one.kind })}`}</Text>
                </UnstyledButton>
              </Table.Td>
              <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}>
                <Badge variant="light" color={COLOUR[one.state]}>
                  {t(one.state === 'queued' && props.isKept ? 'outbox.kept' : `outbox.state.${one.state}`)}
                </Badge>
                <Text size="sm" c="dimmed">
                  {one.nextTryAt === null
                    ? when(one.sentAt ?? one.createdAt, '')
                    : t('outbox.nextTry', { when: when(one.nextTryAt, '') })}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function MailDrawer(props: { readonly id: string; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const [look, setLook] = useState<'looks' | 'narrow' | 'plain'>('looks');
  const mail = useQuery({
    queryKey: ['mail', props.id],
    queryFn: () => api(routes.mail, { params: { id: props.id } }),
  });
  const again = useMutation({
    mutationFn: () => api(routes.sendMail, { params: { id: props.id } }),
    onSuccess: () => {
      tell(t('outbox.againDone'));
      void queryClient.invalidateQueries({ queryKey: ['outbox'] });
      void queryClient.invalidateQueries({ queryKey: ['mail', props.id] });
    },
    onError: tellError,
  });
  const one = mail.data;
  const isText = look === 'plain' || one?.html === null;
  return (
    <Drawer opened onClose={props.onClose} position="right" size="xl" title={one?.subject ?? ''}>
      {mail.error !== null && <Failed error={mail.error} />}
      {one === undefined && mail.error === null && <Loading />}
      {one !== undefined && (
        <Stack>
          <Group justify="space-between">
            <Stack gap={0}>
              <Text size="sm">{`${t('outbox.to')}: ${one.recipient}`}</Text>
              <Text
                size="sm"
                c="dimmed"
              >{`${when(one.createdAt, '')} · ${t('outbox.tries', { count: one.tries })}`}</Text>
            </Stack>
            <Button variant="light" loading={again.isPending} onClick={() => again.mutate()}>
              {t('outbox.again')}
            </Button>
          </Group>
          {one.error !== null && (
            <Alert color={one.state === 'failed' ? 'red' : 'orange'}>
              {t(`outbox.error.${one.error}`, { defaultValue: t('outbox.notTaken', { answer: one.error }) })}
            </Alert>
          )}
          {one.html !== null && (
            <SegmentedControl
              w="fit-content"
              value={look}
              onChange={(value) => setLook(value as typeof look)}
              data={(['looks', 'narrow', 'plain'] as const).map((value) => ({ value, label: t(`outbox.${value}`) }))}
            />
          )}
          {isText ? (
            <Text component="pre" size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
              {one.text}
            </Text>
          ) : (
            // A mail is somebody's words: it runs nothing, opens nothing and cannot reach this page.
            <iframe
              title={t('outbox.preview')}
              sandbox=""
              srcDoc={one.html ?? ''}
              className="mail-preview"
              style={{ width: look === 'narrow' ? 390 : '100%' }}
            />
          )}
        </Stack>
      )}
    </Drawer>
  );
}
