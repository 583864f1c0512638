import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** The id of a rule with what it says; it can be reached by keyboard. */
export function Rule(props: { readonly id: string; readonly label?: string }) {
  const { t } = useTranslation();
  const text = t(`rule.${props.id}`, { defaultValue: '' });
  return (
    <Tooltip label={text} disabled={text === ''} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      <span className="rule" tabIndex={text === '' ? undefined : 0}>
        {props.label ?? props.id}
      </span>
    </Tooltip>
  );
}
