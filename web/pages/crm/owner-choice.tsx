import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type Owner, ownerOf } from './owner-draft.ts';

/** Chooses a user of the CRM by name; who is deactivated cannot be chosen, but is shown where already named. */
export function OwnerChoice(props: {
  readonly label?: string;
  readonly ariaLabel?: string;
  readonly description?: string;
  readonly owners: readonly Owner[];
  readonly value: string | null;
  readonly placeholder: string;
  readonly onChange: (email: string | null) => void;
}) {
  const { t } = useTranslation();
  const { owners, value } = props;
  const named = value === null ? undefined : ownerOf(owners, value);
  const isWrong = value !== null && named?.active !== true;
  const choices = owners
    .filter((one) => one.active && one.email !== null)
    .map((one) => ({ value: one.email ?? '', label: one.name }));
  const wrong =
    value === null
      ? []
      : [
          {
            value,
            label:
              named === undefined
                ? t('owners.unknownOwner', { email: value })
                : `${named.name} (${t('owners.deactivated')})`,
          },
        ];
  return (
    <Select
      {...(props.label === undefined ? { size: 'xs' } : { label: props.label })}
      {...(props.description === undefined ? {} : { description: props.description })}
      {...(props.ariaLabel === undefined ? {} : { 'aria-label': props.ariaLabel })}
      searchable
      clearable
      error={isWrong}
      placeholder={props.placeholder}
      data={isWrong ? [...choices, ...wrong] : unique(choices)}
      value={isWrong ? value : (named?.email ?? null)}
      onChange={props.onChange}
    />
  );
}

/** Two users of one address: the first. */
const unique = (choices: readonly { value: string; label: string }[]) => [
  ...new Map(choices.map((one) => [one.value.toLowerCase(), one])).values(),
];
