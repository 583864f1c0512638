import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { hubFieldsQuery } from './queries.ts';

/** What people call a hub field: the message of a built-in one, the label of one's own. */
export function useFieldName(): (key: string) => string {
  const { t } = useTranslation();
  const fields = useQuery(hubFieldsQuery);
  return (key) =>
    t(`field.${key}`, { defaultValue: fields.data?.items.find((field) => field.key === key)?.label ?? key });
}
