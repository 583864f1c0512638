import { Button, CloseButton, Drawer, Group, Paper } from '@mantine/core';
import { useLocalStorage, useMediaQuery } from '@mantine/hooks';
import { IconBook2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, routes } from '../../api/client.ts';
import { locale } from '../../i18n.ts';
import { Failed, Loading } from '../../ui/feedback.tsx';
import { Markdown } from '../../ui/markdown.tsx';
import '../../ui/guide.css';

interface GuideProps {
  readonly crm: string;
  readonly label: string;
}

/**
 * A CRM's tab with its guide beside it: what to prepare, where each credential is, what is a lead and a contact there. On a wide
 * screen it stands at the side and is remembered open or closed; on a narrow one it covers the page when asked for.
 */
export function WithGuide(
  props: GuideProps & {
    /** Whoever connects a CRM needs it; whoever has one knows where it is. */
    readonly isNew: boolean;
    readonly children: ReactNode;
  },
) {
  const { t } = useTranslation();
  const isWide = useMediaQuery('(min-width: 75em)', true, { getInitialValueInEffect: false });
  const [beside, setBeside] = useLocalStorage<boolean>({
    key: props.isNew ? 'tandem-guide-new' : 'tandem-guide',
    defaultValue: props.isNew,
    getInitialValueInEffect: false,
  });
  const [above, setAbove] = useState(false);
  const isBeside = isWide && beside;
  return (
    <>
      {!isBeside && (
        <Group justify="flex-end" mb="xs">
          <Button
            variant="light"
            size="xs"
            leftSection={<IconBook2 size={16} />}
            onClick={() => (isWide ? setBeside(true) : setAbove(true))}
          >
            {t('guide.show', { crm: props.label })}
          </Button>
        </Group>
      )}
      <div className={isBeside ? 'with-guide' : undefined}>
        <div className="with-guide-main">{props.children}</div>
        {isBeside && (
          <Paper component="aside" withBorder className="guide" aria-label={t('guide.label', { crm: props.label })}>
            <CloseButton className="guide-close" aria-label={t('guide.hide')} onClick={() => setBeside(false)} />
            <Guide crm={props.crm} label={props.label} />
          </Paper>
        )}
      </div>
      <Drawer
        opened={above && !isWide}
        onClose={() => setAbove(false)}
        position="right"
        size="lg"
        title={t('guide.label', { crm: props.label })}
        closeButtonProps={{ 'aria-label': t('guide.hide') }}
      >
        <Guide crm={props.crm} label={props.label} />
      </Drawer>
    </>
  );
}

function Guide({ crm, label }: GuideProps) {
  const { t } = useTranslation();
  const guide = useQuery({
    queryKey: ['guide', crm, locale()],
    queryFn: () => api(routes.crmGuide, { params: { id: crm } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (guide.error !== null) return <Failed error={guide.error} retry={() => void guide.refetch()} />;
  if (guide.data === undefined) return <Loading />;
  return <Markdown text={guide.data.markdown} label={t('guide.label', { crm: label })} />;
}
