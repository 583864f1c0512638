import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** A password with an eye that says what it does, in the reader's language. */
export function PasswordField(props: PasswordInputProps) {
  const { t } = useTranslation();
  return (
    <PasswordInput required visibilityToggleButtonProps={{ 'aria-label': t('account.showPassword') }} {...props} />
  );
}
