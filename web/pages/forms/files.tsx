import { ActionIcon, Button, FileButton, Stack, Table, Text } from '@mantine/core';
import { IconTrash, IconUpload } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, queryClient, routes } from '../../api/client.ts';
import { type StoredFile, uploadFile } from '../../api/upload.ts';
import { locale, number } from '../../i18n.ts';
import { CopyBox } from '../../ui/copy-box.tsx';
import { Empty, Failed, Loading, tell, tellError } from '../../ui/feedback.tsx';
import { filesQuery } from './queries.ts';

export function UploadButton({ onUploaded }: { readonly onUploaded?: (file: StoredFile) => void }) {
  const { t } = useTranslation();
  const upload = useMutation({
    mutationFn: uploadFile,
    onSuccess: async (file) => {
      await queryClient.invalidateQueries({ queryKey: ['files'] });
      tell(t('forms.uploaded', { name: file.name }));
      onUploaded?.(file);
    },
    onError: tellError,
  });
  return (
    <FileButton onChange={(file) => file !== null && upload.mutate(file)}>
      {(props) => (
        <Button {...props} variant="default" leftSection={<IconUpload size={16} />} loading={upload.isPending}>
          {t('forms.upload')}
        </Button>
      )}
    </FileButton>
  );
}

/** Never nothing: the smallest file has one. */
const size = (bytes: number): string =>
  new Intl.NumberFormat(locale(), {
    style: 'unit',
    unit: bytes < 1_000_000 ? 'kilobyte' : 'megabyte',
    maximumFractionDigits: bytes < 1_000_000 ? 0 : 1,
  }).format(bytes < 1_000_000 ? Math.max(1, bytes / 1_000) : bytes / 1_000_000);

/** What visitors download, and how often. */
export function FilesTab() {
  const { t } = useTranslation();
  const files = useQuery(filesQuery);
  const drop = useMutation({
    mutationFn: (id: string) => api(routes.deleteFile, { params: { id } }),
    onSuccess: () => void queryClient.invalidateQueries({ queryKey: ['files'] }),
    onError: tellError,
  });
  if (files.error !== null) return <Failed error={files.error} retry={() => void files.refetch()} />;
  if (files.data === undefined) return <Loading />;
  if (files.data.items.length === 0)
    return <Empty title={t('forms.filesEmptyTitle')} text={t('forms.filesEmptyText')} action={<UploadButton />} />;
  return (
    <Stack align="flex-start">
      <div className="table-wrap" style={{ width: '100%' }}>
        <Table verticalSpacing="sm" miw={620}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('forms.name')}</Table.Th>
              <Table.Th>{t('forms.size')}</Table.Th>
              <Table.Th>{t('forms.downloads')}</Table.Th>
              <Table.Th>{t('forms.fileAddress')}</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {files.data.items.map((file) => (
              <Table.Tr key={file.id}>
                <Table.Td>
                  <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
                    {file.name}
                  </Text>
                </Table.Td>
                <Table.Td>{size(file.size)}</Table.Td>
                <Table.Td>{number(file.downloads)}</Table.Td>
                <Table.Td>
                  <CopyBox text={file.address} />
                </Table.Td>
                <Table.Td>
                  <ActionIcon
                    variant="subtle"
                    color="red"
                    aria-label={`${t('forms.remove')}: ${file.name}`}
                    onClick={() => drop.mutate(file.id)}
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      <UploadButton />
    </Stack>
  );
}
