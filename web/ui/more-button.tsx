import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** Fetches the next page of a list; absent at its end. */
export function MoreButton(props: {
  readonly of: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => Promise<unknown>;
  };
}) {
  const { t } = useTranslation();
  const { of: list } = props;
  if (!list.hasNextPage) return null;
  return (
    <Button
      variant="default"
      w="fit-content"
      loading={list.isFetchingNextPage}
      onClick={() => void list.fetchNextPage()}
    >
      {t('common.more')}
    </Button>
  );
}
