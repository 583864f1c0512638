import { Anchor, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api, routes } from '../../api/client.ts';
import { shown } from './changes.tsx';
import { type Connection, type Field, type Item, schemaOf } from './queries.ts';
import { sentenceOf } from './sentence.ts';
import { linksOf } from './value-rows.ts';

type Line = Connection['mappings'][number];
export type Person = z.output<typeof routes.examplePeople.response>['items'][number];

/** The person by whose example a mapping is told, and a way to take another one. */
export function useExample(connection: Connection, kind: Line['kind']) {
  const [turn, setTurn] = useState(0);
  const people = useQuery({
    queryKey: ['example-people', connection.id, kind],
    queryFn: () => api(routes.examplePeople, { params: { id: connection.id }, query: { kind } }),
    staleTime: 300_000,
    enabled: connection.account !== null,
    // A CRM that cannot be reached just now leaves the table as it is.
    retry: false,
  });
  const list = people.data?.items ?? [];
  return {
    person: list.length === 0 ? undefined : list[turn % list.length],
    next: list.length > 1 ? () => setTurn(turn + 1) : undefined,
    isPending: people.isFetching,
  };
}

export function ExampleBar(props: ReturnType<typeof useExample>) {
  const { t } = useTranslation();
  if (props.person === undefined)
    return (
      <Text size="sm" c="dimmed" mih={22}>
        {props.isPending ? '' : t('sentence.noPerson')}
      </Text>
    );
  return (
    <Group gap="xs" mih={22}>
      <Text size="sm" c="dimmed">
        {t('sentence.who')} <b>{props.person.name}</b>
      </Text>
      {props.next !== undefined && (
        <Anchor component="button" type="button" size="sm" onClick={props.next}>
          {t('sentence.other')}
        </Anchor>
      )}
    </Group>
  );
}

/** What this line does, told by a real person; it follows every change of arrow, default and value table. */
export function LineSentence(props: {
  readonly line: Line;
  readonly hubField: Field | undefined;
  readonly crmField: Field | undefined;
  readonly connection: Connection;
  readonly person: Person | undefined;
}) {
  const { t } = useTranslation();
  const { line, hubField, crmField, connection, person } = props;
  if (person === undefined) return null;
  const told = sentenceOf({
    line,
    hubField: hubField === undefined ? undefined : schemaOf(hubField),
    crmField: crmField === undefined ? undefined : schemaOf(crmField),
    links: linksOf(hubField, crmField),
    conflict: connection.conflict,
    crm: connection.crmLabel,
    person: { ...person, name: person.name.split(' ')[0] ?? person.name },
  });
  const field = t(`field.${line.hub}`, { defaultValue: hubField?.label ?? line.hub });
  const { fault } = told;
  const why =
    fault === null
      ? ''
      : t(`sentence.fault.${fault.reason}`, {
          ...fault.params,
          crmField: crmField?.label ?? line.crm,
          defaultValue: t('sentence.fault.other'),
        });
  const plain = t(`sentence.${told.key}`, { ...told.params, field, why });
  const text =
    told.after === null
      ? plain
      : t('sentence.joined', { text: plain, after: t(`sentence.after.${told.after}`, told.params) });
  return (
    <Text size="xs" className="sentence" data-fault={fault?.reason} data-sentence={told.key}>
      <Quoted text={/[.!]$/.test(text) ? text : `${text}.`} />
    </Text>
  );
}

/** The same sentence for what a preview would do. */
export function PlannedSentence(props: {
  readonly item: Item;
  readonly change: Item['changes'][number];
  readonly direction: 'toHub' | 'toCrm';
  readonly crm: string;
  /** How the field is called, where `change.field` is the CRM's key. */
  readonly label: string;
}) {
  const { t } = useTranslation();
  const { item, change } = props;
  const name = (item.name ?? '').split(' ')[0] || (item.email ?? item.crmId ?? '');
  const from = shown(change.from);
  const to = shown(change.to);
  const key = to === '–' ? 'plannedEmpty' : from === '–' ? 'plannedFirst' : 'planned';
  const where = props.direction === 'toHub' ? 'Tandem' : props.crm;
  return (
    <Text size="sm" className="sentence">
      <Quoted text={t(`sentence.${key}`, { name, field: props.label, from, to, where })} />
    </Text>
  );
}

/** Values stand out: whatever is in quotation marks. */
function Quoted({ text }: { readonly text: string }) {
  return text.split(/([“«][^”»]*[”»])/u).map((part, index) =>
    // The parts have no other name than their place, and it never changes.
    // eslint-disable-next-line react/no-array-index-key
    /^[“«]/u.test(part) ? <b key={index}>{part}</b> : part,
  );
}
