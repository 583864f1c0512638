import { Anchor, Badge, Button, FileButton, Group, Stack, Table, Text, Title } from '@mantine/core';
import { IconUpload } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { number, when } from '../../i18n.ts';
import { meQuery } from '../../routes.tsx';
import { Empty, Failed, Loading, tellError } from '../../ui/feedback.tsx';
import { type Imported, importChanged, importsQuery, isActive, uploadList } from './queries.ts';

const COLORS: Partial<Record<Imported['status'], string>> = {
  done: 'green',
  failed: 'red',
  stopped: 'orange',
  undone: 'gray',
  draft: 'gray',
  counted: 'gray',
};

export function StatusBadge({ status }: { readonly status: Imported['status'] }) {
  const { t } = useTranslation();
  return (
    <Badge variant="light" color={COLORS[status] ?? 'tandem'}>
      {t(`imports.status.${status}`)}
    </Badge>
  );
}

function Upload() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const upload = useMutation({
    mutationFn: uploadList,
    onSuccess: (made) => {
      importChanged(made.id);
      void navigate({ to: '/contacts/import/$id', params: { id: made.id } } as never);
    },
    onError: tellError,
  });
  return (
    <Stack gap={4} align="flex-start">
      <FileButton accept=".csv,.txt,.tsv,text/csv" onChange={(file) => file !== null && upload.mutate(file)}>
        {(props) => (
          <Button {...props} leftSection={<IconUpload size={16} />} loading={upload.isPending}>
            {t('imports.choose')}
          </Button>
        )}
      </FileButton>
      <Text size="sm" c="dimmed">
        {upload.isPending ? t('imports.uploading') : t('imports.limit')}
      </Text>
    </Stack>
  );
}

/** Lists that were brought in, and the way to bring in another. */
export function ImportsPage() {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const list = useQuery({
    ...importsQuery,
    refetchInterval: (query) => (query.state.data?.items.some(isActive) === true ? 1_000 : false),
  });
  const items = list.data?.items ?? [];
  return (
    <Stack>
      <Title order={1}>{t('imports.title')}</Title>
      <Text c="dimmed" maw={680}>
        {t('imports.intro')}
      </Text>
      {me?.scopes.includes('contacts:write') === true && <Upload />}
      {list.error !== null && <Failed error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Loading />}
      {list.data !== undefined && items.length === 0 && (
        <Empty title={t('imports.emptyTitle')} text={t('imports.emptyText')} />
      )}
      {items.length > 0 && (
        <div className="table-wrap">
          <Table verticalSpacing="sm" miw={560}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('imports.name')}</Table.Th>
                <Table.Th>{t('imports.when')}</Table.Th>
                <Table.Th>{t('imports.state')}</Table.Th>
                <Table.Th>{t('imports.rows')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map((one) => (
                <Table.Tr key={one.id}>
                  <Table.Td>
                    <Anchor
                      component={Link}
                      {...({ to: '/contacts/import/$id', params: { id: one.id } } as object)}
                      fw={600}
                      style={{ overflowWrap: 'anywhere' }}
                    >
                      {one.name}
                    </Anchor>
                  </Table.Td>
                  <Table.Td>{when(one.createdAt, '')}</Table.Td>
                  <Table.Td>
                    <StatusBadge status={one.status} />
                  </Table.Td>
                  <Table.Td>
                    <Group gap="xs" wrap="nowrap">
                      {one.total === null && one.counts.rows === 0 ? '–' : number(one.total ?? one.counts.rows)}
                      {one.counts.refused > 0 && (
                        <Text size="sm" c="red" span>
                          {`${number(one.counts.refused)} ${t('imports.refused')}`}
                        </Text>
                      )}
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Stack>
  );
}
