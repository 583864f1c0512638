import { Autocomplete, Checkbox, Group, SegmentedControl, Stack, TagsInput, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { foldLabel } from '../../../src/core/labels.ts';
import { api, routes } from '../../api/client.ts';
import type { DetailsProps } from './line-details.tsx';
import type { Field } from './queries.ts';
import type { Line } from './value-rows.ts';

type Consent = NonNullable<Line['consent']>;

const SAYS_NO = /opt.?out|unsub|no.?(?:mail|e-?mail|contact)|do.?not|dnc|d[ée]sinscri|d[ée]sabonn|bounce/iu;
const YES = new Set(['yes', 'oui', 'subscribed', 'opt-in', 'opted in', 'given', 'granted', 'allowed']);
const NO = new Set(['no', 'non', 'unsubscribed', 'opt-out', 'opted out', 'withdrawn', 'denied', 'refused']);

/** What a CRM's field most likely says, by its name and its values; the person sees and changes it. */
function guess(target: Field | undefined): Omit<Consent, 'purpose'> {
  if (target === undefined || target.type === 'boolean')
    return SAYS_NO.test(`${target?.label ?? ''} ${target?.key ?? ''}`) ? { withdrawn: [true] } : { given: [true] };
  const labels = (target.options ?? []).filter((option) => option.active).map((option) => option.label);
  const of = (words: ReadonlySet<string>): string[] => labels.filter((label) => words.has(foldLabel(label)));
  const [given, withdrawn] = [of(YES), of(NO)];
  return { ...(given.length === 0 ? {} : { given }), ...(withdrawn.length === 0 ? {} : { withdrawn }) };
}

/** R8a: the CRM's field as a permission for one purpose: which, what its values mean, and whether it may also give. */
export function ConsentPart({ line, target, problems, onChange }: DetailsProps) {
  const { t } = useTranslation();
  const texts = useQuery({ queryKey: ['consent-texts'], queryFn: () => api(routes.consentTexts) });
  const purposes = [...new Set((texts.data?.items ?? []).map((text) => text.purpose))].sort();
  const { consent } = line;
  const set = (part: Partial<Consent>): void => {
    if (consent === undefined) return;
    const next = Object.fromEntries(Object.entries({ ...consent, ...part }).filter(([, value]) => value !== undefined));
    // Only absent keys are taken away.
    onChange({ consent: next as Consent });
  };
  const toggle = (on: boolean): void => {
    if (!on) return onChange({ consent: undefined, direction: 'toCrm' });
    const canWrite = target?.writableOnUpdate !== false && target?.type !== 'manyOf';
    onChange({
      direction: canWrite ? 'both' : 'toHub',
      consent: { purpose: purposes[0] ?? 'newsletter', ...guess(target) },
      conflict: undefined,
      ignoreEmpty: undefined,
      default: undefined,
      values: undefined,
      leaveOut: undefined,
    });
  };
  return (
    <Stack gap="sm">
      <Checkbox
        size="xs"
        label={t('consentLine.isPermission')}
        description={t('consentLine.isPermissionHelp')}
        checked={consent !== undefined}
        onChange={(event) => toggle(event.currentTarget.checked)}
      />
      {consent !== undefined && (
        <>
          <Autocomplete
            size="xs"
            maw={320}
            label={t('consentLine.purpose')}
            description={t('consentLine.purposeHelp')}
            data={purposes}
            value={consent.purpose}
            onChange={(purpose) => set({ purpose })}
            error={problems.get('consent.purpose')}
          />
          <Words consent={consent} target={target} problems={problems} set={set} />
          <Checkbox
            size="xs"
            label={t('consentLine.source')}
            description={t(consent.given === undefined ? 'consentLine.sourceClosed' : 'consentLine.sourceHelp')}
            disabled={consent.given === undefined}
            checked={consent.source === true}
            onChange={(event) => set({ source: event.currentTarget.checked || undefined })}
            error={problems.get('consent.source')}
          />
        </>
      )}
    </Stack>
  );
}

/** Of a box what its tick means; of a list or a text the values. */
function Words(props: {
  readonly consent: Consent;
  readonly target: Field | undefined;
  readonly problems: DetailsProps['problems'];
  readonly set: (part: Partial<Consent>) => void;
}) {
  const { t } = useTranslation();
  const { consent, target, problems, set } = props;
  const error = problems.get('consent');
  if (target?.type === 'boolean')
    return (
      <Stack gap={4}>
        <Group gap="xs">
          <Text size="xs">{t('consentLine.ticked')}</Text>
          <SegmentedControl
            size="xs"
            aria-label={t('consentLine.ticked')}
            value={consent.withdrawn === undefined ? 'given' : 'withdrawn'}
            onChange={(value) =>
              set(
                value === 'given'
                  ? { given: [true], withdrawn: undefined }
                  : { given: undefined, withdrawn: [true], source: undefined },
              )
            }
            data={[
              { value: 'given', label: t('consentLine.tickedGiven') },
              { value: 'withdrawn', label: t('consentLine.tickedWithdrawn') },
            ]}
          />
        </Group>
        {error !== undefined && (
          <Text size="xs" c="red">
            {error}
          </Text>
        )}
      </Stack>
    );
  const labels = [...new Set((target?.options ?? []).filter((one) => one.active).map((one) => one.label))];
  return (
    <div className="pair pair-top">
      {(['given', 'withdrawn'] as const).map((name) => (
        <TagsInput
          key={name}
          size="xs"
          label={t(`consentLine.${name}`)}
          description={t('consentLine.wordsHelp')}
          data={labels}
          value={(consent[name] ?? []).map(String)}
          onChange={(words) =>
            set({
              [name]: words.length === 0 ? undefined : words,
              ...(name === 'given' && words.length === 0 ? { source: undefined } : {}),
            })
          }
          error={problems.get(`consent.${name}`) ?? (name === 'given' ? error : undefined)}
        />
      ))}
    </div>
  );
}
