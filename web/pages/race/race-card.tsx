import { Anchor, Group, Loader, Paper, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Rule } from '../../ui/rule.tsx';
import { type Finish, type Pair, type Side, valueOf } from './run-race.ts';

const PAUSE_MS = 800;

/** One side's record of the person; what has just arrived is lit up, with its figures. */
export function RaceCard(props: {
  readonly side: Side;
  readonly mark: ReactNode;
  readonly title: string;
  readonly subtitle: string;
  readonly link: ReactNode;
  readonly pair: Pair;
  readonly fields: readonly string[];
  readonly busy: { readonly side: Side; readonly field: string } | null;
  readonly last: Finish | undefined;
  readonly onChange: (field: string, value: string) => void;
}) {
  const { side, pair, last } = props;
  const name = ['first_name', 'last_name'].map((field) => valueOf(pair, side, field)).join(' ');
  return (
    <Paper withBorder p="md" radius="lg" className="race-card" data-side={side}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            {props.mark}
            <div>
              <Title order={2}>{props.title}</Title>
              <Text size="xs" c="dimmed">
                {props.subtitle}
              </Text>
            </div>
          </Group>
          {props.link}
        </Group>
        <div>
          <Text fw={650}>{name}</Text>
          <Text size="sm" c="dimmed" truncate>
            {valueOf(pair, side, 'email')}
          </Text>
        </div>
        {props.fields.map((field) => (
          <RaceField
            key={field}
            field={field}
            value={valueOf(pair, side, field)}
            isComing={props.busy !== null && props.busy.side !== side && props.busy.field === field}
            finish={last !== undefined && last.from !== side && last.field === field ? last : undefined}
            onChange={(value) => props.onChange(field, value)}
          />
        ))}
      </Stack>
    </Paper>
  );
}

function RaceField(props: {
  readonly field: string;
  readonly value: string;
  readonly isComing: boolean;
  readonly finish: Finish | undefined;
  readonly onChange: (value: string) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState(props.value);
  const [isTyping, setTyping] = useState(false);
  const [seen, setSeen] = useState(props.value);
  // What arrives replaces what stands in the box, unless somebody is typing there.
  if (seen !== props.value) {
    setSeen(props.value);
    if (!isTyping) setText(props.value);
  }
  const go = (value: string): void => {
    setTyping(false);
    if (value !== props.value) props.onChange(value);
  };
  const soon = useDebouncedCallback(go, PAUSE_MS);
  const { finish } = props;
  return (
    <div className="race-field">
      <TextInput
        key={finish?.key ?? 0}
        label={t(`field.${props.field}`, { defaultValue: props.field })}
        value={text}
        data-race-field={props.field}
        data-arrived={finish?.arrived === true ? 'yes' : undefined}
        className={finish?.arrived === true ? 'race-arrived' : ''}
        rightSection={props.isComing ? <Loader size={14} /> : undefined}
        onChange={(event) => {
          setTyping(true);
          setText(event.currentTarget.value);
          soon(event.currentTarget.value);
        }}
        onBlur={() => soon.flush()}
        onKeyDown={(event) => {
          if (event.key === 'Enter') soon.flush();
        }}
      />
      {/* The line has its place before it is filled, so that nothing jumps. */}
      <Text size="xs" className="race-result" aria-live="polite" c={finish?.arrived === false ? 'orange' : 'tandem'}>
        {props.isComing ? t('race.running') : finish === undefined ? '' : <Result finish={finish} />}
      </Text>
    </div>
  );
}

/** "arrived in 0.8 s · one API call · rule R1" */
export function Result({ finish }: { readonly finish: Finish }) {
  const { t, i18n } = useTranslation();
  if (!finish.arrived) return finish.refused === null ? t('race.nothing') : t('race.rejected', { why: finish.refused });
  const seconds = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 1, minimumFractionDigits: 1 }).format(
    finish.ms / 1000,
  );
  return (
    <>
      {`${t('race.arrived', { seconds })} · ${t('race.calls', { count: finish.calls })}`}
      {finish.rule !== null && (
        <>
          {' · '}
          <Rule id={finish.rule} label={t('race.rule', { rule: finish.rule })} />
        </>
      )}
    </>
  );
}

export const RaceLink = (props: { readonly href: string; readonly label: string }) => (
  <Anchor href={props.href} target="_blank" rel="noreferrer" size="xs">
    {props.label}
  </Anchor>
);
